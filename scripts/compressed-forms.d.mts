/** Files to write beside `name`, by what is put behind its name; none where it gains nothing. */
export function compressedForms(name: string, bytes: Buffer): Readonly<Record<string, Buffer>>;

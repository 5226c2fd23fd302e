/** An event's data under REST's names. */

/** The fields of `data`, an object's JSON text, in snake_case; what lies within them, such as `meta`, stays as it is. */
export function restData(data: string): Record<string, unknown> {
  const fields = Object.entries(JSON.parse(data) as Record<string, unknown>);
  return Object.fromEntries(fields.map(([name, value]): [string, unknown] => [snakeCase(name), value]));
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

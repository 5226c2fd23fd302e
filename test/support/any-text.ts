import fc from 'fast-check';

/** Any UTF-16 code units: control characters, U+0000 and lone surrogates among them. */
export const anyText = fc.string({
  unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
});

/** How figures are written. */

/** With so many decimals. */
export function decimals(digits: number): (value: number) => string {
  return (value) => value.toFixed(digits);
}

/** Rounded, with thousands set apart. */
export function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** `1.23 ×`. */
export function times(value: number): string {
  return `${value.toFixed(2)} ×`;
}

/** A share as `97 %`. */
export function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** A share rounded down to a tenth of a percent: 100 % means every one. */
export function fullPercent(share: number): string {
  return `${Math.floor(share * 1_000) / 10} %`;
}

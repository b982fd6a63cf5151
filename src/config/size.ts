const UNITS: Record<string, number> = { '': 0, k: 1, m: 2, g: 3, t: 4 };

/**
 * Bytes of a size as people write it: `4096`, `512K`, `256 MiB`, `1.5G`. Units are powers of 1024.
 * Null when it is none, or too large for a number.
 */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgt])(?:i?b)?|b)?$/i.exec(text.trim());
  if (match === null) return null;
  const power = UNITS[match[2]?.toLowerCase() ?? ''] ?? 0;
  const bytes = Math.round(Number(match[1]) * 1024 ** power);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

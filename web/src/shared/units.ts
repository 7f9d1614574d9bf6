// SPDX-License-Identifier: Apache-2.0
// Numbers as people read them. Units are ASCII on the wire.

const UNITS: Record<string, string> = { dBA: 'dB(A)', dBC: 'dB(C)', 'ug/m3': 'µg/m³', degC: '°C', C: '°C', deg: '°' };

export const unitText = (unit: string): string => UNITS[unit] ?? unit;

/** Unknown is a dash, never 0. */
export function number(v: number | null | undefined, digits = 1): string {
  return v === null || v === undefined || !Number.isFinite(v) ? '–' : v.toFixed(digits);
}

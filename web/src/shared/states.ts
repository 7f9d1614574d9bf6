// SPDX-License-Identifier: Apache-2.0
// From what sensors say to one lamp, as the gateway's summary does it: over, no data, near, ok.
import type { LampName } from './api';

const ORDER: LampName[] = ['ok', 'near', 'nodata', 'over'];

export function lampOf(state: string, held: string | null): LampName {
  if (state === 'alerting' || held === 'alerting') return 'over';
  if (state === 'nodata' || state === 'fault') return 'nodata';
  return state === 'normal' ? 'ok' : 'near';
}

export const worse = (a: LampName, b: LampName): boolean => ORDER.indexOf(a) > ORDER.indexOf(b);

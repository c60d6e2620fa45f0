import { expect, it } from 'vitest';
import { sampleView } from '../sample-view';
import { newerView } from './newer-view';

const early = sampleView({ server_time: '2026-11-22T06:30:01.000Z' });
const late = sampleView({ server_time: '2026-11-22T06:30:02.000Z' });
const paidEarly = sampleView({ state: 'paid', server_time: '2026-11-22T06:30:01.000Z' });

it.each([
  ['the first', null, early, early],
  ['a later one', early, late, late],
  ['an overtaken one is dropped', late, early, late],
  ['paid stays paid', paidEarly, late, paidEarly],
  ['paid replaces open', early, { ...late, state: 'paid' as const }, { ...late, state: 'paid' as const }],
  ['a later paid one replaces paid (refunds)', paidEarly, { ...late, state: 'paid' as const, refunded_minor: 1 }, { ...late, state: 'paid' as const, refunded_minor: 1 }],
])('%s', (_case, known, arrived, kept) => {
  expect(newerView(known, arrived)).toEqual(kept);
});

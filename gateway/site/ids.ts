import { type Refused, refuse } from '../http/problems.ts';

/** Ids that people choose: they stand in rules, in addresses and in sentences. */
export const siteId = /^[a-z0-9-]{1,40}$/;

export function badId(): Refused {
  return refuse('invalid', 'An id is 1 to 40 small letters, digits and hyphens.');
}

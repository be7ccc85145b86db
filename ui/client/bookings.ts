import { z } from 'zod';
import { bookingList, type bookingSchema } from '../../gateway/contract/site.ts';
import type { Api, ApiResult } from './api.ts';

export type Booking = z.infer<typeof bookingSchema>;

/** Bookings of one equipment that are not over, the earliest first. */
export async function listBookings(api: Api, equipment: string): Promise<ApiResult<readonly Booking[]>> {
  const answer = await api.ask({ method: 'GET', path: `site/bookings?equipment=${equipment}`, answer: bookingList });
  return answer.ok ? { ok: true, value: answer.value.items } : answer;
}

/** Times are ms since 1970. */
export function book(
  api: Api,
  booking: { readonly equipment: string; readonly from: number; readonly until: number },
): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'POST', path: 'site/bookings', json: booking, answer: z.unknown() });
}

export function cancelBooking(api: Api, id: string): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'DELETE', path: `site/bookings/${id}`, answer: z.unknown() });
}

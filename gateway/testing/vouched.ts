import { AssertionKeys, verifyAssertion } from '../../actors/system/assertions.ts';
import { realClock } from '../../actors/system/real-ports.ts';
import type { Workshop } from './workshop.ts';

/** Whether the owner of an actor, whose clock is so far ahead, believes the gateway's word for one order. */
export async function isVouchedFor(
  { database, owner }: Pick<Workshop, 'database' | 'owner'>,
  { assertion, ...order }: { readonly assertion: string; readonly actor: string; readonly commandId: string },
): Promise<boolean> {
  const keys = new AssertionKeys(database.db, realClock);
  const check = { site: 'main', ...order, now: Date.now() + owner.aheadMs, expiry: 'checked' } as const;
  return (await verifyAssertion(keys, assertion, check)) !== null;
}

import { useSelector } from '@xstate/react';
import type { CommandRequest, Verdict } from '../../statecharts/equipment/decide.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import { type View, verdict } from '../client/decisions.ts';
import { useCell, useMe, useNow, useServices } from './hooks.ts';

/** The last status of a machine, by id (`mill-1`). */
export function useStatus(equipment: string): EquipmentStatus | undefined {
  return useSelector(useServices().actor(equipment), status => status);
}

/** What this page knows of a machine for deciding; drawn again each second because reasons may end by themselves. */
export function useView(equipment: string): View {
  const status = useStatus(equipment);
  return { status, me: useMe(), live: useCell(useServices().live.state), now: useNow(1_000) };
}

/** May this person do it now, and why not; without arguments as far as a key can know. */
export function useVerdict(equipment: string, request: CommandRequest): Verdict {
  return verdict(useView(equipment), request);
}

import { z } from 'zod';
import { type Me, peopleList, personSchema } from '../../gateway/contract/auth.ts';
import { operatorList, trainedPeopleList, trainingList, type trainingSchema } from '../../gateway/contract/site.ts';
import { hasRole, type Role } from '../../statecharts/caller.ts';
import type { Api, ApiResult } from './api.ts';
import { timeText } from './truth.ts';

/** A training as it is noted, or as somebody's own session knows it. */
export interface NotedTraining {
  readonly training: string;
  readonly until: number | null;
  readonly supervised: number;
  readonly maySupervise: boolean;
}

/** Somebody of the workshop; role and login are known to administrators. */
export interface Member {
  readonly id: string;
  readonly name: string;
  readonly account: { readonly role: Role; readonly login: string; readonly disabled: boolean } | null;
  readonly trainings: readonly NotedTraining[];
}

export type Training = z.infer<typeof trainingSchema>;

/** Everybody with their trainings, as far as the role of the caller shows them: others only see themselves. */
export async function listMembers(api: Api, me: Me): Promise<ApiResult<readonly Member[]>> {
  if (!hasRole(me, 'maintainer')) return { ok: true, value: [ownMember(me)] };
  const trained = await api.ask({ method: 'GET', path: 'site/people', answer: trainedPeopleList });
  if (!trained.ok) return trained;
  const accounts = hasRole(me, 'administrator') ? await api.ask({ method: 'GET', path: 'auth/people', answer: peopleList }) : null;
  const known = new Map(accounts?.ok ? accounts.value.items.map(one => [one.id, one]) : []);
  const members = trained.value.items.map(one => ({ ...one, account: known.get(one.id) ?? null }));
  return { ok: true, value: [...members, ...[...known.values()].filter(one => one.disabled).map(shutOut)] };
}

/** Their trainings count for nothing until they may log in again. */
function shutOut({ id, name, ...account }: z.infer<typeof personSchema>): Member {
  return { id, name, account, trainings: [] };
}

function ownMember({ id, name, role, login, qualifications }: Me): Member {
  const trainings = (qualifications ?? []).map(one => ({ ...one, maySupervise: false }));
  return { id, name, account: { role, login, disabled: false }, trainings };
}

/** To whom control can be handed over. */
export async function listOperators(api: Api): Promise<ApiResult<readonly { readonly id: string; readonly name: string }[]>> {
  return itemsOf(await api.ask({ method: 'GET', path: 'site/operators', answer: operatorList }));
}

export async function listTrainings(api: Api): Promise<ApiResult<readonly Training[]>> {
  return itemsOf(await api.ask({ method: 'GET', path: 'site/trainings', answer: trainingList }));
}

export function addTraining(api: Api, { id, title }: Training): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'PUT', path: `site/trainings/${id}`, json: { title }, answer: z.unknown() });
}

export function noteTraining(api: Api, person: string, note: NotedTraining): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'POST', path: `site/people/${encodeURIComponent(person)}/trainings`, json: note, answer: z.unknown() });
}

export function revokeTraining(api: Api, person: string, training: string): Promise<ApiResult<unknown>> {
  const path = `site/people/${encodeURIComponent(person)}/trainings/${encodeURIComponent(training)}`;
  return api.ask({ method: 'DELETE', path, answer: z.unknown() });
}

/** Somebody new who may log in. */
export function addPerson(api: Api, person: { login: string; name: string; password: string; role: Role }): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'POST', path: 'auth/people', json: person, answer: personSchema });
}

/** What somebody may do here from now on. */
export function changeAccount(api: Api, person: string, account: { role: Role; disabled: boolean }): Promise<ApiResult<unknown>> {
  return api.ask({ method: 'PUT', path: `site/people/${encodeURIComponent(person)}/account`, json: account, answer: personSchema });
}

/** Until when a training counts and what it still asks for. `now` is server time. */
export function trainingWords({ until, supervised, maySupervise }: Omit<NotedTraining, 'training'>, now: number): string {
  const parts = [until === null ? 'does not expire' : `${until > now ? 'until' : 'expired'} ${dateText(until)}`];
  if (supervised > 0) parts.push(`${supervised} supervised ${supervised === 1 ? 'use' : 'uses'} left`);
  if (maySupervise) parts.push('may supervise');
  return parts.join(' · ');
}

/** A day, as people of any country read it: `2026-11-26`. */
export function dateText(at: number): string {
  const day = new Date(at);
  const two = (n: number): string => String(n).padStart(2, '0');
  return `${day.getFullYear()}-${two(day.getMonth() + 1)}-${two(day.getDate())}`;
}

/** A moment: `2026-11-26 14:05`. */
export function momentText(at: number): string {
  return `${dateText(at)} ${timeText(at).slice(0, 5)}`;
}

function itemsOf<T>(answer: ApiResult<{ readonly items: readonly T[] }>): ApiResult<readonly T[]> {
  return answer.ok ? { ok: true, value: answer.value.items } : answer;
}

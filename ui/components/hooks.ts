import { createContext } from 'preact';
import { useContext, useEffect, useState, useSyncExternalStore } from 'preact/compat';
import type { Me } from '../../gateway/contract/auth.ts';
import type { Readable } from '../client/cell.ts';
import type { Services } from '../client/services.ts';

export const ServicesContext = createContext<Services | null>(null);

/** The services of this page. */
export function useServices(): Services {
  const services = useContext(ServicesContext);
  if (!services) throw new Error('ServicesContext is not provided');
  return services;
}

/** The present value of a store; draws again when it changes. */
export function useCell<T>(source: Readable<T>): T {
  return useSyncExternalStore(onChange => source.subscribe(onChange).unsubscribe, source.getSnapshot);
}

/** Server time, ms since 1970, drawn again every `everyMs`: ages and deadlines move although nothing arrives. */
export function useNow(everyMs: number): number {
  const { clock } = useServices();
  const [now, setNow] = useState(clock.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(clock.now()), everyMs);
    return () => clearInterval(timer);
  }, [clock, everyMs]);
  return now;
}

/** The person who is logged in; pages that call this exist only then. */
export function useMe(): Me {
  const state = useCell(useServices().session.state);
  if (state.kind !== 'open') throw new Error('useMe needs an open session');
  return state.session.me;
}

/** Keeps topics subscribed while the component is on screen. */
export function useTopics(topics: readonly string[]): void {
  const { live } = useServices();
  const key = topics.join(' ');
  useEffect(() => (key === '' ? undefined : live.watch(key.split(' '))), [live, key]);
}

/** True while a media query matches. */
export function useMedia(query: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const read = (): void => setMatches(list.matches);
    read();
    list.addEventListener('change', read);
    return () => list.removeEventListener('change', read);
  }, [query]);
  return matches;
}

/** The width below which the page is a phone's. */
export const phone = '(max-width: 640px)';

import { useCallback, useEffect, useState } from 'preact/hooks';
import type { Api, ApiError, ApiResult } from '../client/api.ts';
import { useServices } from './hooks.ts';

/** What the API lists, and what went wrong last. */
export interface Listing<T> {
  /** Undefined until it was read. */
  readonly items: T | undefined;
  readonly error: ApiError | null;
  /** Does something, then reads the list anew; true when it was done. */
  act(what: (api: Api) => Promise<ApiResult<unknown>>): Promise<boolean>;
  reload(): Promise<void>;
}

/** Reads a list when the component appears and after each own change; `key` names what is listed. */
export function useListing<T>(key: string, load: (api: Api) => Promise<ApiResult<T>>): Listing<T> {
  const { api } = useServices().session;
  const [items, setItems] = useState<T | undefined>(undefined);
  const [error, setError] = useState<ApiError | null>(null);
  // `load` is made anew with each drawing; what it reads is told by `key`.
  const reload = useCallback(async (): Promise<void> => {
    const answer = await load(api);
    if (answer.ok) setItems(answer.value);
    else setError(answer.error);
  }, [api, key]);
  useEffect(() => void reload(), [reload]);
  const act = async (what: (api: Api) => Promise<ApiResult<unknown>>): Promise<boolean> => {
    setError(null);
    const answer = await what(api);
    if (!answer.ok) {
      setError(answer.error);
      return false;
    }
    await reload();
    return true;
  };
  return { items, error, act, reload };
}

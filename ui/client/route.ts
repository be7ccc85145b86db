import { cell } from './cell.ts';

/** The pages that exist. */
export type Route =
  | { readonly page: 'fleet' | 'machines' | 'people' | 'rules' | 'login' | 'setup' | 'lost' }
  | { readonly page: 'machine'; readonly equipment: string };

/** Path to page; anything unknown is `lost`. */
export function routeOf(path: string): Route {
  if (path === '/') return { page: 'fleet' };
  if (path === '/login') return { page: 'login' };
  if (path === '/setup') return { page: 'setup' };
  if (path === '/machines') return { page: 'machines' };
  if (path === '/people') return { page: 'people' };
  if (path === '/rules') return { page: 'rules' };
  const machine = /^\/machines\/([a-z0-9-]{1,40})$/.exec(path)?.[1];
  return machine ? { page: 'machine', equipment: machine } : { page: 'lost' };
}

const path = cell('/');
/** The present path; follows the browser's back and forward once `followHistory` was called. */
export const currentPath: Pick<typeof path, 'getSnapshot' | 'subscribe'> = path;

/** Goes to a path of this site without loading a page. */
export function navigate(to: string): void {
  history.pushState(null, '', to);
  path.set(to);
}

/** Reads the address bar now and after each back and forward; the answer ends it. */
export function followHistory(): () => void {
  const read = (): void => path.set(location.pathname);
  read();
  window.addEventListener('popstate', read);
  return () => window.removeEventListener('popstate', read);
}

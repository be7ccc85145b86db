/**
 * The `inboxPrefix` a NATS client must connect with: every user hears replies under its own name, and the server lets nobody else listen
 * there. A client that keeps the default prefix gets a permissions error on its first request.
 */
export function inboxPrefix(user: string): string {
  return `_INBOX_${user}`;
}

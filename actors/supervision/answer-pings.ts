/** Answers the launcher, which asks over the channel whether this process still takes its turns. */
export function answerPings(): void {
  process.on('message', (message: unknown) => {
    if (typeof message === 'object' && message !== null && 'ping' in message) process.send?.({ pong: message.ping });
  });
}

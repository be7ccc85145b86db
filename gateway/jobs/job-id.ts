/** A job's id: a UUIDv7 without dashes, so that ids sort by time and fit into subjects. `at` is ms since 1970. */
export function jobId(at: number, random: Uint8Array): string {
  const time = at.toString(16).padStart(12, '0');
  const tail = Buffer.from(random.subarray(0, 10)).toString('hex');
  const variant = (8 + (Number.parseInt(tail.charAt(3), 16) % 4)).toString(16);
  return `${time}7${tail.slice(0, 3)}${variant}${tail.slice(4, 19)}`;
}

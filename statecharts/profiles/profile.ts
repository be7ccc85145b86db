import { z } from 'zod';

/** The families of equipment: what a family adds to the base chart is in the folder of its name. */
export const profileNames = ['motion', 'laser', 'printer', 'process', 'switch'] as const;
export const profileSchema = z.enum(profileNames);
export type ProfileName = z.infer<typeof profileSchema>;

/** What a family is, as data. */
export interface Profile {
  readonly name: ProfileName;
  readonly title: string;
  /** It runs programs; without, it has no more of the 17 states than those of a thing at rest. */
  readonly program: boolean;
  /** Its axes are moved by hand in setup. */
  readonly byHand: boolean;
  /** What becomes of a run when the person in control has been away for so long, ms. */
  readonly absence: { readonly ms: number; readonly run: 'hold' | 'continue' };
}

const minutes = 60_000;

/** Every family. */
export const profiles: Readonly<Record<ProfileName, Profile>> = {
  motion: {
    name: 'motion',
    title: 'Mill or router',
    program: true,
    byHand: true,
    absence: { ms: 15 * minutes, run: 'hold' },
  },
  laser: {
    name: 'laser',
    title: 'Laser',
    program: true,
    byHand: true,
    absence: { ms: 2 * minutes, run: 'hold' },
  },
  printer: {
    name: 'printer',
    title: 'Printer',
    program: true,
    byHand: true,
    absence: { ms: 15 * minutes, run: 'continue' },
  },
  process: {
    name: 'process',
    title: 'Process equipment',
    program: true,
    byHand: false,
    absence: { ms: 15 * minutes, run: 'continue' },
  },
  switch: {
    name: 'switch',
    title: 'Switch',
    program: false,
    byHand: false,
    absence: { ms: 15 * minutes, run: 'continue' },
  },
};

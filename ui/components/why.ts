import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { CommandName } from '../../statecharts/equipment/commands.ts';

/** What a person asks about: why can this command not be done there? */
export interface WhyQuestion {
  readonly equipment: string;
  readonly command: CommandName;
  readonly args?: Readonly<Record<string, unknown>>;
  /** The word on the key that was pressed. */
  readonly label: string;
}

export const WhyContext = createContext<(question: WhyQuestion) => void>(() => {});

/** Opens the why-not panel of the page. */
export function useWhy(): (question: WhyQuestion) => void {
  return useContext(WhyContext);
}

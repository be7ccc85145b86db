import { commandNames } from '../../statecharts/equipment/commands.ts';
import { type Refused, refuse } from '../http/problems.ts';

/** The refusal of a command name that no family has. */
export function unknownCommand(): Refused {
  return refuse('unknown-command', `There is no command of this name. Known are: ${commandNames.join(', ')}.`);
}

/** The refusal of an id that nothing is known of. */
export function unknownEquipment(id: string | undefined): Refused {
  return refuse('unknown-equipment', `There is no equipment ${id}, or no node has spoken of it yet.`);
}

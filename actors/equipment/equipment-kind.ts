import { equipmentChart } from '../../statecharts/equipment/chart.ts';
import { type CommandName, stopLikeCommands } from '../../statecharts/equipment/commands.ts';
import type { EquipmentContext, EquipmentInput } from '../../statecharts/equipment/context.ts';
import { reasonsAgainst } from '../../statecharts/equipment/decide.ts';
import { type DecisionDigest, decisionDigest } from '../../statecharts/equipment/decision-digest.ts';
import { type Effect, effectClasses } from '../../statecharts/equipment/effects.ts';
import type { CommandFacts } from '../../statecharts/equipment/events.ts';
import { flawOf } from '../../statecharts/equipment/flaw.ts';
import { equipmentMigrations } from '../../statecharts/equipment/migrations/migrations.ts';
import { equipmentChartIdentity, type Progress, toStatus } from '../../statecharts/equipment/project.ts';
import { recorders } from '../../statecharts/equipment/record.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { Chart, ChartState } from '../system/chart.ts';

/** The equipment chart as the runtime runs it; `progress` is the driver's count of lines at the time of asking. */
export function equipmentKind(input: EquipmentInput, progress: () => Progress | null): Chart<EquipmentStatus> {
  return {
    ...equipmentChartIdentity(input.profile),
    migrations: equipmentMigrations,
    flaw: flawOf,
    machine: equipmentChart(input.profile),
    input,
    recorders: recordersOf,
    effectClass: effect => effectClasses[effect.type as Effect['type']],
    isStopLike: command => (stopLikeCommands as readonly string[]).includes(command),
    toEvent: ({ id, command, args, caller, facts }, at) => {
      const event = { type: command, args, caller, at, commandId: id };
      return facts === undefined ? event : { ...event, facts };
    },
    decide(state, { command, args, caller, facts }, at) {
      const asked = { command: command as CommandName, args, ...(facts === undefined ? {} : { facts: facts as CommandFacts }) };
      return reasonsAgainst(contextOf(state), caller, asked, at);
    },
    decisionDigest: rememberedDigest(),
    toStatus: (state, frame) => {
      const meta = { seq: frame.seq, decisionSeq: frame.decisionSeq, at: frame.at, progress: progress() };
      const status = toStatus({ context: contextOf(state) }, meta);
      return { ...status, degraded: [...status.degraded, ...frame.degraded] };
    },
  };
}

/** The facts of an equipment's state. */
export function contextOf(state: ChartState): EquipmentContext {
  return state.context as EquipmentContext;
}

const recordersOf: Chart['recorders'] = record => recorders(effect => record({ ...effect }));

/** Most turns touch nothing that a decision reads, and the others little of it. */
function rememberedDigest(): (state: ChartState) => string {
  let last: DecisionDigest | null = null;
  return state => {
    last = decisionDigest(contextOf(state), last);
    return last.text;
  };
}

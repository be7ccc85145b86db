import type { RuleCheck, RuleProblem } from '../client/rules.ts';
import { Icon } from './icon.tsx';

/** What the check found: each problem with the chain of rules that leads to it. */
export function RuleProblems({ check: { errors, warnings } }: { check: RuleCheck }) {
  if (errors.length === 0 && warnings.length === 0)
    return (
      <p class="check__ok" role="status">
        <Icon name="check" />
        <b>Each machine can still start some time.</b>
      </p>
    );
  return (
    <div role="status">
      {errors.length > 0 && <Problems title="It cannot be put into force" problems={errors} />}
      {warnings.length > 0 && <Problems title="It can be put into force, but" problems={warnings} />}
    </div>
  );
}

function Problems({ title, problems }: { title: string; problems: readonly RuleProblem[] }) {
  return (
    <section class="note refusal" aria-label={title}>
      <b>{title}</b>
      {problems.map(problem => (
        <div key={`${problem.code} ${problem.message}`}>
          <p>
            {problem.message} <code>{problem.code}</code>
          </p>
          <ol class="refusal__path" aria-label="The rules that lead there">
            {problem.path.map((link, i) => (
              <li key={i}>
                {link.equipment}: {link.sentence} <code>{link.rule}</code>
              </li>
            ))}
          </ol>
        </div>
      ))}
    </section>
  );
}

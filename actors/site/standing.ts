import type { DueItem } from '../../statecharts/equipment/context.ts';
import type { EquipmentStatus } from '../../statecharts/equipment/status.ts';
import type { SiteFact } from '../../statecharts/site/fact.ts';
import type { SiteRule } from '../../statecharts/site/rule.ts';
import type { Attending } from './attendance.ts';
import { dueItems } from './due-items.ts';
import { type EquipmentView, viewOf } from './equipment-view.ts';
import { factsFor, rulesInForce, type Sources } from './facts.ts';

/** What an equipment is told of its surroundings; its host adds the time. */
export type SiteNews =
  | { readonly type: 'site.changed'; readonly rules: readonly SiteRule[]; readonly facts: Readonly<Record<string, SiteFact>> }
  | { readonly type: 'service.due'; readonly items: readonly DueItem[] }
  | { readonly type: 'holder.gone' }
  | { readonly type: 'holder.back' };

/** One equipment that is hosted here. */
export interface SiteTarget {
  readonly id: string;
  tell(news: SiteNews): void;
}

type Seen = Pick<EquipmentStatus, 'name' | 'profile' | 'tags' | 'truth' | 'value' | 'holder' | 'site' | 'serviceDue'>;

/** What an equipment was last told of its surroundings, and whom it is held by: it is told again only what is another now. */
export class Standing {
  readonly #target: SiteTarget;
  #view: EquipmentView;
  #viewText: string;
  #holder: string | null;
  #occupancy: string;
  #facts: Readonly<Record<string, SiteFact>>;
  #rules: string | null = null;
  #due: string | null = null;
  #toldAt = 0;
  #attending: 'gone' | 'here' | null = null;

  constructor(target: SiteTarget, status: Seen) {
    this.#target = target;
    this.#facts = status.site.facts;
    this.#view = viewOf(status);
    this.#viewText = JSON.stringify(this.#view);
    this.#holder = status.holder?.id ?? null;
    this.#occupancy = status.value.occupancy ?? '';
  }

  get view(): EquipmentView {
    return this.#view;
  }

  /** Keys of the facts that it was told. */
  get keys(): readonly string[] {
    return Object.keys(this.#facts);
  }

  /** Its status of now: is it another for others, or for itself? */
  committed(status: Seen): { readonly view: boolean; readonly holder: boolean } {
    this.#view = viewOf(status);
    const viewText = JSON.stringify(this.#view);
    const holder = status.holder?.id ?? null;
    const occupancy = status.value.occupancy ?? '';
    const changed = { view: viewText !== this.#viewText, holder: holder !== this.#holder };
    if (changed.holder || occupancy !== this.#occupancy) this.#attending = null;
    this.#viewText = viewText;
    this.#holder = holder;
    this.#occupancy = occupancy;
    return changed;
  }

  /** Tells it what is in force and true now, if it was not told just that. */
  evaluate(sources: Sources): void {
    const { id } = this.#target;
    const rules = rulesInForce(sources.rows, id);
    const facts = factsFor(rules, { equipment: id, holder: this.#holder }, sources, this.#facts);
    const text = JSON.stringify(rules);
    if (text !== this.#rules || !sameFacts(facts, this.#facts) || this.#expired(sources.now)) {
      this.#rules = text;
      this.#facts = facts;
      this.#toldAt = sources.now;
      this.#target.tell({ type: 'site.changed', rules, facts });
    }
    this.#evaluateDue(sources);
  }

  /** Says that whoever is in control went away or is back. */
  attend(attending: (person: string) => Attending): void {
    if (this.#holder === null) return;
    const now = attending(this.#holder);
    const held = this.#occupancy === 'occupied' || this.#occupancy === 'offered';
    const news = held && now === 'gone' ? 'holder.gone' : this.#occupancy === 'absent' && now === 'here' ? 'holder.back' : null;
    if (news === null || this.#attending === now) return;
    this.#attending = now === 'gone' ? 'gone' : 'here';
    this.#target.tell({ type: news });
  }

  #evaluateDue({ rows, now }: Sources): void {
    const items = dueItems(rows, this.#target.id, now);
    const due = JSON.stringify(items);
    if (due === this.#due) return;
    this.#due = due;
    this.#target.tell({ type: 'service.due', items });
  }

  /** A training has run out since: nothing that is noted is another, and yet it means something else. */
  #expired(now: number): boolean {
    const holder = this.#facts.holder;
    if (!holder?.known || holder.value.kind !== 'holder') return false;
    return holder.value.qualifications.some(({ until }) => until !== null && until > this.#toldAt && until <= now);
  }
}

/** A fact that is as before is the very same one. */
function sameFacts(a: Readonly<Record<string, SiteFact>>, b: Readonly<Record<string, SiteFact>>): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every(key => a[key] === b[key]);
}

import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from "react";
import { Icon, type IconName } from "./Icon";

export interface Section<K extends string = string> {
  key: K;
  label: string;
  icon: IconName;
  /** How many things wait there. */
  badge?: number;
}

/**
 * Tabs of a large dialog: beside the panel, on a phone above it (ARIA tabs: arrows move, Home and End).
 * Test ids: `section-{key}`, `section-panel`.
 */
export function Sections<K extends string>({ label, sections, chosen, onChoose, children }: { label: string; sections: readonly Section<K>[]; chosen: K; onChoose: (key: K) => void; children: ReactNode }) {
  const row = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    row.current?.querySelector("[aria-selected=true]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [chosen]);

  function onKeyDown(event: KeyboardEvent) {
    const at = sections.findIndex(({ key }) => key === chosen);
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: sections.length - 1 };
    if (!(event.key in moves)) return;
    event.preventDefault();
    const index = ((moves[event.key] ?? 0) + sections.length) % sections.length;
    const next = sections[index];
    if (!next) return;
    onChoose(next.key);
    (row.current?.children[index] as HTMLElement | undefined)?.focus();
  }

  return (
    <div className="sections">
      <div ref={row} className="section-tabs" role="tablist" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
        {sections.map((section) => (
          <button
            key={section.key}
            type="button"
            role="tab"
            id={`${id}-${section.key}`}
            aria-selected={section.key === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={section.key === chosen ? 0 : -1}
            onClick={() => onChoose(section.key)}
            data-testid={`section-${section.key}`}
          >
            <Icon name={section.icon} />
            <span>{section.label}</span>
            {Boolean(section.badge) && <span className="badge numbers">{section.badge}</span>}
          </button>
        ))}
      </div>
      <div key={chosen} className="section-panel" role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`} data-testid="section-panel" data-section={chosen}>
        {children}
      </div>
    </div>
  );
}

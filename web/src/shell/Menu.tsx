import { useEffect, useId, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { IconButton } from "./Button";
import type { IconName } from "./Icon";

export interface MenuItem {
  key: string;
  label: string;
  danger?: boolean;
  /** One of several choices: whether it is the one that holds. */
  checked?: boolean;
  run: () => void;
}

/**
 * A button that opens a list of things to do (ARIA menu button): arrows move, Escape closes and goes back
 * to the button, a click elsewhere closes. `above` stands over the items, such as a row of emoji.
 */
export function Menu({ icon, label, items, above, testId }: { icon: IconName; label: string; items: MenuItem[]; above?: (close: () => void) => ReactNode; testId?: string }) {
  const [isOpen, setIsOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();

  useEffect(() => {
    if (!isOpen) return;
    list.current?.querySelector<HTMLElement>("button")?.focus();
    list.current?.scrollIntoView({ block: "nearest" });
    const onPress = (event: PointerEvent) => {
      if (!root.current?.contains(event.target as Node)) setIsOpen(false);
    };
    document.addEventListener("pointerdown", onPress);
    return () => document.removeEventListener("pointerdown", onPress);
  }, [isOpen]);

  function close() {
    setIsOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  }

  function onKeyDown(event: KeyboardEvent) {
    const buttons = [...(list.current?.querySelectorAll<HTMLElement>("button") ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLElement);
    const moves: Record<string, number> = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") {
      setIsOpen(false);
    } else if (event.key in moves) {
      event.preventDefault();
      buttons.at((moves[event.key] ?? 0) % buttons.length)?.focus();
    }
  }

  return (
    <div ref={root} className="menu">
      <IconButton icon={icon} size="small" label={label} aria-haspopup="menu" aria-expanded={isOpen} aria-controls={isOpen ? id : undefined} onClick={() => setIsOpen(!isOpen)} data-testid={testId} />
      {isOpen && (
        <div ref={list} id={id} className="menu-list" role="menu" aria-label={label} tabIndex={-1} onKeyDown={onKeyDown}>
          {above?.(close)}
          {items.map((item) => (
            <button
              key={item.key}
              type="button"
              role={item.checked === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={item.checked}
              className={item.danger ? "danger" : undefined}
              data-testid={`menu-${item.key}`}
              onClick={() => {
                close();
                item.run();
              }}
            >
              {item.label}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

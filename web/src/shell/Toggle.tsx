import { useId } from "react";

/** A switch with its name and what it means beside it; takes effect at once. */
export function Toggle({ label, hint, checked, disabled, onToggle, testId }: { label: string; hint?: string | undefined; checked: boolean; disabled?: boolean; onToggle: (on: boolean) => void; testId?: string }) {
  const id = useId();
  return (
    <label className="toggle" htmlFor={id}>
      <span>
        <strong>{label}</strong>
        {hint && (
          <span id={`${id}-hint`} className="hint">
            {hint}
          </span>
        )}
      </span>
      <input id={id} type="checkbox" role="switch" checked={checked} disabled={disabled} aria-describedby={hint ? `${id}-hint` : undefined} onChange={(event) => onToggle(event.target.checked)} data-testid={testId} />
    </label>
  );
}

import { useId, type SelectHTMLAttributes } from "react";

export interface Option<V extends string = string> {
  value: V;
  label: string;
}

type SelectProps<V extends string> = Omit<SelectHTMLAttributes<HTMLSelectElement>, "onChange" | "value"> & {
  label: string;
  hint?: string | undefined;
  options: readonly Option<V>[];
  value: V;
  onPick: (value: V) => void;
};

/** A labelled list to choose one of. */
export function Select<V extends string>({ label, hint, options, value, onPick, ...select }: SelectProps<V>) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="input" value={value} aria-describedby={hint ? `${id}-hint` : undefined} onChange={(event) => onPick(event.target.value as V)} {...select}>
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      {hint && (
        <span id={`${id}-hint`} className="hint">
          {hint}
        </span>
      )}
    </div>
  );
}

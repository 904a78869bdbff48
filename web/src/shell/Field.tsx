import { useId, type InputHTMLAttributes } from "react";

type FieldProps = InputHTMLAttributes<HTMLInputElement> & { label: string; "data-first"?: boolean; hint?: string | undefined; wrong?: string | undefined };

/** A labelled text input; `wrong` is read out with the input and marks it invalid. */
export function Field({ label, hint, wrong, ...input }: FieldProps) {
  const id = useId();
  const noteId = `${id}-note`;
  const note = wrong ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <input id={id} className="input" aria-invalid={wrong ? true : undefined} aria-describedby={note ? noteId : undefined} {...input} />
      {note && (
        <span id={noteId} className={wrong ? "wrong" : "hint"}>
          {note}
        </span>
      )}
    </div>
  );
}

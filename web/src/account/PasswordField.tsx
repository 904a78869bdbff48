import { useId, useState } from "react";
import { useTranslation } from "react-i18next";

interface PasswordFieldProps {
  value: string;
  onChange: (value: string) => void;
  autoComplete: "current-password" | "new-password";
  hint?: string;
  wrong?: string | undefined;
  testId: string;
}

/** A password input that can show what was typed. */
export function PasswordField({ value, onChange, autoComplete, hint, wrong, testId }: PasswordFieldProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const id = useId();
  const note = wrong ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{t("account.password")}</label>
      <div className="password">
        <input
          id={id}
          className="input"
          type={shown ? "text" : "password"}
          name="password"
          autoComplete={autoComplete}
          required
          minLength={autoComplete === "new-password" ? 8 : undefined}
          maxLength={256}
          value={value}
          aria-invalid={wrong ? true : undefined}
          aria-describedby={note ? `${id}-note` : undefined}
          onChange={(event) => onChange(event.target.value)}
          data-testid={testId}
        />
        <button type="button" onClick={() => setShown(!shown)} aria-pressed={shown}>
          {t(shown ? "account.hidePassword" : "account.showPassword")}
        </button>
      </div>
      {note && (
        <span id={`${id}-note`} className={wrong ? "wrong" : "hint"}>
          {note}
        </span>
      )}
    </div>
  );
}

import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useSearchParams } from "react-router";
import { Button } from "../shell/Button";
import { Field } from "../shell/Field";
import { Icon } from "../shell/Icon";
import { fieldProblem, problemOf } from "../shell/problem";
import { AccountCard } from "./AccountCard";
import { PasswordField } from "./PasswordField";
import { safeNext } from "./next";
import { signIn, useSession } from "./session";

const FIELDS = ["username", "email", "password", "display_name"] as const;

/**
 * Test ids: `register-form`, `register-username`, `register-email`, `register-display-name`,
 * `register-password`, `register-submit`, `form-error`.
 */
export function RegisterPage() {
  const { t } = useTranslation();
  const phase = useSession((session) => session.phase);
  const [params] = useSearchParams();
  const [form, setForm] = useState({ username: "", email: "", password: "", display_name: "" });
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  if (phase === "in") return <Navigate to={safeNext(params.get("next"))} replace />;

  const change = (field: keyof typeof form) => (value: string) => setForm({ ...form, [field]: value });
  const isFieldError = FIELDS.some((field) => fieldProblem(error, field));

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const { display_name, ...rest } = { ...form, username: form.username.trim(), email: form.email.trim() };
    try {
      await signIn.register(display_name.trim() ? { ...rest, display_name: display_name.trim() } : rest);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <AccountCard title={t("account.register")} lead={t("account.registerLead")}>
      <form className="account-form" onSubmit={(event) => void submit(event)} data-testid="register-form">
        <Field
          label={t("account.username")}
          hint={t("account.usernameHint")}
          wrong={fieldProblem(error, "username")}
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          minLength={3}
          maxLength={30}
          value={form.username}
          onChange={(event) => change("username")(event.target.value)}
          data-testid="register-username"
        />
        <Field
          label={t("account.displayName")}
          hint={t("account.displayNameHint")}
          wrong={fieldProblem(error, "display_name")}
          autoComplete="name"
          maxLength={80}
          value={form.display_name}
          onChange={(event) => change("display_name")(event.target.value)}
          data-testid="register-display-name"
        />
        <Field
          label={t("account.email")}
          wrong={fieldProblem(error, "email")}
          type="email"
          autoComplete="email"
          required
          value={form.email}
          onChange={(event) => change("email")(event.target.value)}
          data-testid="register-email"
        />
        <PasswordField
          value={form.password}
          onChange={change("password")}
          autoComplete="new-password"
          hint={t("account.passwordHint")}
          wrong={fieldProblem(error, "password")}
          testId="register-password"
        />
        {Boolean(error) && !isFieldError && (
          <p className="notice bad" role="alert" data-testid="form-error">
            <Icon name="warning" />
            {problemOf(error).text}
          </p>
        )}
        <Button type="submit" look="primary" size="large" busy={busy} className="wide" data-testid="register-submit">
          {t("account.register")}
        </Button>
      </form>
      <p className="account-other">
        {t("account.haveAccount")} <Link to={`/login${params.size ? `?${params}` : ""}`}>{t("account.login")}</Link>
      </p>
    </AccountCard>
  );
}

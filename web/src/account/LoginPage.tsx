import { HubError } from "@veza/client";
import { useState, type FormEvent } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate, useSearchParams } from "react-router";
import { Button } from "../shell/Button";
import { Field } from "../shell/Field";
import { Icon } from "../shell/Icon";
import { problemOf } from "../shell/problem";
import { AccountCard } from "./AccountCard";
import { PasswordField } from "./PasswordField";
import { safeNext } from "./next";
import { login, useSession } from "./session";

/** Test ids: `login-form`, `login-name`, `login-password`, `login-submit`, `form-error`. */
export function LoginPage() {
  const { t } = useTranslation();
  const { phase, ended } = useSession();
  const [params] = useSearchParams();
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const next = safeNext(params.get("next"));

  if (phase === "in") return <Navigate to={next} replace />;

  async function submit(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    setError(null);
    try {
      await login(name.trim(), password);
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  }

  return (
    <AccountCard title={t("account.login")} lead={t("account.loginLead")}>
      {ended && !error && (
        <p className="notice fair">
          <Icon name="info" />
          {t(ended === "guest" ? "account.ended.guest" : "account.ended.user")}
        </p>
      )}
      <form className="account-form" onSubmit={(event) => void submit(event)} data-testid="login-form">
        <Field
          label={t("account.emailOrUsername")}
          name="username"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          required
          value={name}
          onChange={(event) => setName(event.target.value)}
          data-testid="login-name"
        />
        <PasswordField value={password} onChange={setPassword} autoComplete="current-password" testId="login-password" />
        {Boolean(error) && (
          <p className="notice bad" role="alert" data-testid="form-error">
            <Icon name="warning" />
            {isWrongPassword(error) ? t("problem.codes.BAD_CREDENTIALS") : problemOf(error).text}
          </p>
        )}
        <Button type="submit" look="primary" size="large" busy={busy} className="wide" data-testid="login-submit">
          {t("account.login")}
        </Button>
      </form>
      <p className="account-other">
        {t("account.noAccount")} <Link to={`/register${params.size ? `?${params}` : ""}`}>{t("account.register")}</Link>
      </p>
    </AccountCard>
  );
}

/** On this page "not authenticated" can only mean that name and password did not match. */
function isWrongPassword(error: unknown): boolean {
  return error instanceof HubError && error.code === "UNAUTHENTICATED";
}

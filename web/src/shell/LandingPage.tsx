import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { TunedWaves } from "./TunedWaves";
import "./landing.css";

const POINTS = ["sync", "queue", "guests"] as const;

/** What a visitor sees first. Test ids: `landing`, `landing-register`, `landing-login`. */
export function LandingPage() {
  const { t } = useTranslation();
  return (
    <div className="landing" data-testid="landing">
      <section className="landing-hero">
        <h1>{t("landing.title")}</h1>
        <p>{t("landing.lead")}</p>
        <div className="landing-actions">
          <Link className="button primary large" to="/register" data-testid="landing-register">
            {t("landing.start")}
          </Link>
          <Link className="button large" to="/login" data-testid="landing-login">
            {t("landing.signIn")}
          </Link>
        </div>
      </section>
      <TunedWaves label={t("landing.art")} />
      <ul className="landing-points">
        {POINTS.map((point) => (
          <li key={point}>
            <h2>{t(`landing.points.${point}.title`)}</h2>
            <p>{t(`landing.points.${point}.body`)}</p>
          </li>
        ))}
      </ul>
    </div>
  );
}

import { useTranslation } from "react-i18next";
import { useSession } from "../account/session";
import { NotFound } from "../shell/ErrorPage";
import { useTitle } from "../shell/useTitle";
import { ReportsSection } from "./settings/ReportsSection";
import "./settings/settings.css";

/** Where the bell of who keeps order in the whole hub leads: reports that no room's moderators look at. Test id: `hub-reports`, and those of ReportsSection. */
export default function HubReportsPage() {
  const { t } = useTranslation();
  const role = useSession((session) => session.user?.role);
  const title = t("mySettings.sections.reports");
  useTitle(title);
  if (role !== "admin" && role !== "moderator") return <NotFound />;
  return (
    <div data-testid="hub-reports">
      <div className="page-head">
        <h1>{title}</h1>
      </div>
      <ReportsSection roomId={null} />
    </div>
  );
}

import { Component, type ReactNode } from "react";
import i18next from "i18next";
import { Button } from "./Button";
import { Icon } from "./Icon";

/** Shows a page with a way out when rendering fails, instead of a white screen. */
export class Crash extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError(): { failed: boolean } {
    return { failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="empty full" role="alert">
        <Icon name="warning" />
        <h1>{i18next.t("problem.page.crash.title")}</h1>
        <p>{i18next.t("problem.page.crash.body")}</p>
        <Button look="primary" icon="retry" onClick={() => window.location.reload()}>
          {i18next.t("problem.page.reload")}
        </Button>
      </main>
    );
  }
}

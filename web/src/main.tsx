// First of all: the order of the style layers is declared in tokens.css.
import "./shell/tokens.css";
import "./shell/base.css";
import "./shell/parts.css";
import "./shell/forms.css";
import "./shell/sections.css";
import "./shell/layout.css";
import "./presence/presence.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { BrowserRouter } from "react-router";
import { followSession } from "./account/hub";
import { followActivity } from "./presence/activity";
import { watchIdle } from "./presence/idle";
import { startSession } from "./account/session";
import { startLanguage } from "./i18n";
import { App } from "./shell/App";
import { Crash } from "./shell/Crash";

async function start(): Promise<void> {
  await Promise.all([startLanguage(), startSession()]);
  followActivity();
  watchIdle();
  followSession();
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <Crash>
        <BrowserRouter>
          <App />
        </BrowserRouter>
      </Crash>
    </StrictMode>,
  );
}

void start();

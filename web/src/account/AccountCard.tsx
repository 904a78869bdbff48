import type { ReactNode } from "react";
import { Mark } from "../shell/Brand";
import { TunedWaves } from "../shell/TunedWaves";
import { useTitle } from "../shell/useTitle";
import "./account.css";

/** The one narrow card that sign-in, registration and invitations share. */
export function AccountCard({ title, lead, children }: { title: string; lead?: string | undefined; children: ReactNode }) {
  useTitle(title);
  return (
    <div className="account">
      <section className="account-card">
        <Mark size={44} />
        <h1>{title}</h1>
        {lead && <p className="account-lead">{lead}</p>}
        {children}
      </section>
      <TunedWaves />
    </div>
  );
}

import { lazy, Suspense, useEffect, type ReactNode } from "react";
import { Navigate, Route, Routes, useLocation, useParams } from "react-router";
import { LoginPage } from "../account/LoginPage";
import { RegisterPage } from "../account/RegisterPage";
import { useSession } from "../account/session";
import { NotFound } from "./ErrorPage";
import { HomePage } from "./HomePage";
import { LandingPage } from "./LandingPage";
import { Layout } from "./Layout";
import { PageLoading } from "./PageLoading";

const pages = {
  library: () => import("../catalog/LibraryPage"),
  track: () => import("../catalog/TrackPage"),
  rooms: () => import("../room/RoomsPage"),
  room: () => import("../room/RoomPage"),
  replay: () => import("../replay/ReplayPage"),
  join: () => import("../room/JoinPage"),
  reports: () => import("../room/HubReportsPage"),
};

const LibraryPage = lazy(pages.library);
const TrackPage = lazy(pages.track);
const RoomsPage = lazy(pages.rooms);
const RoomPage = lazy(pages.room);
const ReplayPage = lazy(pages.replay);
const JoinPage = lazy(pages.join);
const HubReportsPage = lazy(pages.reports);

const QUIET_MS = 1_500;

/** Every address of the page, in one place. */
export function App() {
  const phase = useSession((session) => session.phase);

  // Once somebody is in, the code of the other pages comes while nothing else is to do.
  useEffect(() => {
    if (phase !== "in") return;
    const timer = setTimeout(() => Object.values(pages).forEach((load) => void load().catch(() => undefined)), QUIET_MS);
    return () => clearTimeout(timer);
  }, [phase]);

  return (
    <Suspense fallback={<PageLoading />}>
      <Routes>
        <Route element={<Layout />}>
          <Route index element={phase === "in" ? <HomePage /> : <LandingPage />} />
          <Route path="register" element={<RegisterPage />} />
          <Route path="login" element={<LoginPage />} />
          <Route path="join/:token" element={<JoinPage />} />
          <Route path="library" element={<SignedIn page={<LibraryPage />} />} />
          <Route path="track/:id" element={<SignedIn page={<TrackPage />} />} />
          <Route path="rooms" element={<SignedIn page={<RoomsPage />} />} />
          <Route path="rooms/:id" element={<ToRoom />} />
          <Route path="room/:id" element={<SignedIn page={<RoomPage />} />} />
          <Route path="room/:id/replay" element={<SignedIn page={<ReplayPage />} />} />
          <Route path="reports" element={<SignedIn page={<HubReportsPage />} />} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </Suspense>
  );
}

/** The address that notifications carry. */
function ToRoom() {
  const { id = "" } = useParams();
  return <Navigate to={`/room/${id}`} replace />;
}

/** Sends a visitor to the sign-in page, and back here after it. */
function SignedIn({ page }: { page: ReactNode }) {
  const phase = useSession((session) => session.phase);
  const location = useLocation();
  if (phase === "in") return page;
  return <Navigate to={`/login?next=${encodeURIComponent(location.pathname + location.search)}`} replace />;
}

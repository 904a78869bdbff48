import { lazy, Suspense } from "react";
import { Navigate, Route, Routes, useLocation } from "react-router";
import { LoginPage } from "../account/LoginPage";
import { RegisterPage } from "../account/RegisterPage";
import { useSession } from "../account/session";
import { NotFound } from "./ErrorPage";
import { HomePage } from "./HomePage";
import { LandingPage } from "./LandingPage";
import { Layout } from "./Layout";
import { PageLoading } from "./PageLoading";

const LibraryPage = lazy(() => import("../catalog/LibraryPage"));
const TrackPage = lazy(() => import("../catalog/TrackPage"));
const RoomsPage = lazy(() => import("../room/RoomsPage"));
const RoomPage = lazy(() => import("../room/RoomPage"));
const JoinPage = lazy(() => import("../room/JoinPage"));

/** Every address of the page, in one place. */
export function App() {
  const phase = useSession((session) => session.phase);
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
          <Route path="room/:id" element={<SignedIn page={<RoomPage />} />} />
          <Route path="*" element={<NotFound />} />
        </Route>
      </Routes>
    </Suspense>
  );
}

/** Sends a visitor to the sign-in page, and back here after it. */
function SignedIn({ page }: { page: React.ReactNode }) {
  const phase = useSession((session) => session.phase);
  const location = useLocation();
  if (phase === "in") return page;
  return <Navigate to={`/login?next=${encodeURIComponent(location.pathname + location.search)}`} replace />;
}

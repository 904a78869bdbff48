/* Shows what the hub pushes, unless a page of it is in front, and opens the place it is about. */
self.addEventListener("push", (event) => {
  const told = event.data?.json() ?? {};
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then((pages) => {
      if (pages.some((page) => page.visibilityState === "visible" && page.focused)) return undefined;
      return self.registration.showNotification(told.title ?? "Veza", {
        body: told.body ?? "",
        tag: told.id,
        icon: "/icon.svg",
        data: { link: typeof told.link === "string" && told.link.startsWith("/") ? told.link : "/" },
      });
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const link = event.notification.data?.link ?? "/";
  event.waitUntil(
    self.clients.matchAll({ type: "window", includeUncontrolled: true }).then((pages) => {
      const page = pages[0];
      return page ? page.focus().then(() => page.navigate(link)) : self.clients.openWindow(link);
    }),
  );
});

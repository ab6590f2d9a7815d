// The notice about demo voices follows them as they are made; the page around it stays as it is, since somebody
// may be typing, listening or choosing there.
"use strict";
for (const notice of document.querySelectorAll("[data-refresh]")) {
  const part = (page, name) => page.querySelector(`[data-refresh] [data-${name}]`);

  const look = async () => {
    if (document.hidden) return;
    let page;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok) return;
      page = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch {
      return; // it is asked again
    }
    const made = part(page, "making");
    if (made) return part(document, "making").replaceChildren(...made.childNodes);
    clearInterval(asking);
    part(document, "making").hidden = true;
    part(document, "made").hidden = false;
  };
  const asking = setInterval(look, 1000 * Number(notice.dataset.refresh));
}

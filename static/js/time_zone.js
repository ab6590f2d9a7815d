// Offers the time zone of this device to those who chose another one.
(() => {
  const chosen = document.getElementById("time_zone");
  const offer = document.getElementById("own-zone");
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const option = [...chosen.options].find((each) => each.value && each.value === own);
  if (!option || !chosen.value || chosen.value === own) return;
  offer.querySelector("strong").textContent = own.replaceAll("_", " ");
  offer.hidden = false;
  offer.querySelector("button").addEventListener("click", () => {
    chosen.value = "";
    offer.hidden = true;
    chosen.focus();
  });
})();

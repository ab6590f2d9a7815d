// The token of an invitation stands after '#', which no server sees. A visitor's is sent at once, so that it is
// not lost while they sign in or up. Where another team waits already, the field is not shown until a link is opened.
const token = document.querySelector("[name=token]");
if (token && location.hash.length > 1) {
  token.value = location.hash.slice(1);
  token.form.hidden = false;
  history.replaceState(null, "", location.pathname);
  if ("sends" in token.form.dataset) token.form.requestSubmit();
}

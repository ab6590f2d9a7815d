// The token of an invitation stands after '#', which no server sees.
const token = document.querySelector("[name=token]");
if (token && location.hash.length > 1) {
  token.value = location.hash.slice(1);
  history.replaceState(null, "", location.pathname);
}

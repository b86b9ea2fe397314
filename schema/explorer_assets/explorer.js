// Token, documents and variables stay in this tab: they are gone when it closes, and never part of an address.
const START = `# Explorador de la API de las Oficinas Locales de la Niñez.
#
# 1. En una terminal: oln token coordinator.13101
# 2. Pegue el token arriba.
# 3. A la izquierda está la documentación.
#    Ctrl-Espacio completa; Ctrl-Enter ejecuta.

query Inicio {
  __typename
}
`;

const token = document.getElementById("token");
const purpose = document.getElementById("purpose");
const status = document.getElementById("status");
token.value = sessionStorage.getItem("oln-token") ?? "";
purpose.value = sessionStorage.getItem("oln-purpose") ?? "";

async function fetcher(operation) {
  const headers = {
    Accept: "application/graphql-response+json, application/json",
    "Content-Type": "application/json",
  };
  if (token.value.trim()) headers.Authorization = `Bearer ${token.value.trim()}`;
  if (purpose.value) headers["OLN-Purpose"] = purpose.value;
  const answer = await fetch(location.pathname, { method: "POST", headers, body: JSON.stringify(operation) });
  const result = await answer.json();
  status.textContent = answer.status !== 401 ? "" : token.value ? result.errors[0].message : "Pegue un token.";
  return result;
}

const root = ReactDOM.createRoot(document.getElementById("graphiql"));
const plugins = [GraphiQLPluginExplorer.explorerPlugin()];

function render() {
  sessionStorage.setItem("oln-token", token.value.trim());
  sessionStorage.setItem("oln-purpose", purpose.value);
  root.render(
    React.createElement(GraphiQL, {
      key: `${purpose.value} ${token.value}`, // another person may see another schema: begin anew
      fetcher,
      plugins,
      defaultQuery: START,
      defaultEditorToolsVisibility: "variables",
      inputValueDeprecation: true,
      isHeadersEditorEnabled: false,
      shouldPersistHeaders: false,
      storage: sessionStorage,
    }),
  );
}

token.addEventListener("change", render);
purpose.addEventListener("change", render);
render();

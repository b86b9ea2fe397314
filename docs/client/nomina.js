// The prioritised list of a commune. The token lives in memory only: it is gone with the tab.
const NOMINA = `
  query Nomina($comuna: String!, $desde: String) {
    nomina(communeCode: $comuna) {
      period listed capacity notice withheld
      entries(first: 25, after: $desde, where: { state: { eq: LISTED } }) {
        totalCount
        pageInfo { hasNextPage endCursor }
        edges { node { position withinCapacity decidingReason reasons nna { fullName age withheld } } }
      }
    }
  }`;
const QUIEN = "query Quien { viewer { purpose purposes } }";
const FINALIDADES = {
  CARE: "Atención",
  REFERRAL: "Derivación",
  SUPERVISION: "Supervisión",
  ADMINISTRATION: "Administración",
  STATISTICS: "Estadística",
  AUDIT: "Auditoría",
  EMERGENCY: "Emergencia",
};

/** Send one operation; where nothing of it is answered, the refusal is thrown with its sentence. */
export async function ask({ direccion, token, finalidad }, query, variables) {
  if (!/^[\x21-\x7e]+$/.test(token)) throw new Error("Eso no es un token: pida uno nuevo y cópielo entero, sin nada más.");
  const operationName = /\b(?:query|mutation)\s+(\w+)/.exec(query)?.[1];
  const headers = { "Content-Type": "application/json", Authorization: `Bearer ${token}` };
  if (finalidad) headers["OLN-Purpose"] = finalidad;
  const response = await fetch(direccion, {
    method: "POST",
    headers,
    body: JSON.stringify({ query, variables, operationName }),
  });
  const answer = await response.json().catch(() => ({}));
  if (!("data" in answer || "errors" in answer)) {
    throw new Error(`${direccion} respondió ${response.status}, y no es la API de OLN: revise la dirección.`);
  }
  const answered = Object.values(answer.data ?? {}).some((field) => field !== null);
  if (answer.errors && !answered) throw new Error(answer.errors[0].message); // else: what is null is not for this person
  return answer.data;
}

const form = document.getElementById("ingreso");
const notice = document.getElementById("aviso");
const list = document.getElementById("nomina");
const rows = document.getElementById("lugares");
const more = document.getElementById("mas");
let session, cursor;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  session = Object.fromEntries(new FormData(form));
  [session.direccion, session.token] = [session.direccion.trim(), session.token.trim()];
  cursor = null;
  rows.replaceChildren();
  list.hidden = true;
  show();
});
more.addEventListener("click", show);
form.elements.finalidad.addEventListener("change", () => form.requestSubmit());

/** Offer the purposes of whoever's token it is; the one chosen before stays, where it is theirs too. */
async function offerPurposes() {
  const { finalidad: chosen, ...anyPurpose } = session;
  const { viewer } = await ask(anyPurpose, QUIEN);
  const choice = form.elements.finalidad;
  choice.replaceChildren(...viewer.purposes.map((one) => new Option(FINALIDADES[one] ?? one, one)));
  choice.value = session.finalidad = viewer.purposes.includes(chosen) ? chosen : viewer.purpose;
  choice.disabled = viewer.purposes.length < 2;
}

async function show() {
  const buttons = document.querySelectorAll("button");
  buttons.forEach((button) => (button.disabled = true));
  tell("Consultando…");
  try {
    if (!cursor) await offerPurposes();
    const { nomina } = await ask(session, NOMINA, { comuna: session.comuna, desde: cursor });
    if (!nomina) tell("No hay una nómina publicada en esa comuna, o no es de las suyas.");
    else draw(nomina);
  } catch (error) {
    tell(error instanceof TypeError ? "No se pudo llegar a la API: revise la dirección y OLN_CORS_ORIGINS." : error.message, true);
  } finally {
    buttons.forEach((button) => (button.disabled = false));
  }
}

function draw(nomina) {
  if (!nomina.entries) return tell("Usted no ve los lugares de esta nómina.");
  const month = new Date(`${nomina.period}T12:00`).toLocaleDateString("es-CL", { month: "long", year: "numeric" });
  const families = `la oficina puede recibir ${nomina.capacity} familias`;
  document.getElementById("resumen").textContent =
    `${capital(month)}: ${nomina.listed} NNA; ${families}. ${nomina.notice ?? ""}`;
  for (const { node } of nomina.entries.edges) rows.append(row(node));
  markCapacity();
  cursor = nomina.entries.pageInfo.endCursor;
  more.hidden = !nomina.entries.pageInfo.hasNextPage;
  list.hidden = false;
  tell(`Se muestran ${rows.children.length} de los ${nomina.entries.totalCount} lugares que usted ve.`);
}

function row({ position, withinCapacity, decidingReason, reasons, nna }) {
  const line = make("tr", "", make("td", position), name(nna), make("td", nna?.age ?? "—"), make("td", "", why(decidingReason, reasons)));
  line.dataset.within = withinCapacity;
  return line;
}

function name(nna) {
  if (nna?.fullName) return make("td", nna.fullName);
  const cell = make("td", "reservado"); // `withheld` says that there is a name, and that it is not for this person
  cell.className = "reservado";
  return cell;
}

function why(decidingReason, reasons) {
  const details = make("details", "", make("summary", decidingReason));
  details.append(make("ul", "", ...reasons.map((reason) => make("li", reason))));
  return details;
}

/** Draw the line that the office's capacity reaches. */
function markCapacity() {
  for (const line of rows.children) line.className = "";
  const within = [...rows.children].filter((line) => line.dataset.within === "true");
  if (within.length && within.length < rows.children.length) within.at(-1).className = "linea";
}

function make(tag, text, ...children) {
  const element = document.createElement(tag);
  if (text !== "") element.textContent = text; // never innerHTML: what people wrote stays text
  element.append(...children);
  return element;
}

function tell(sentence, failed = false) {
  notice.textContent = sentence;
  notice.classList.toggle("falla", failed);
}

function capital(text) {
  return text[0].toUpperCase() + text.slice(1);
}

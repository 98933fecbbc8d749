// What the pages do beyond links and forms: they work without this, but for new rows that come by themselves.
"use strict";

const live = document.getElementById("live");
if (live) follow(live.tBodies[0], live.dataset);

const running = document.getElementById("running");
if (running) lookAgain(Number(running.dataset.again));

// New rows, the newest first, as the server sends them. While paused, they wait.
function follow(body, { after, most }) {
  const state = document.getElementById("state");
  const pause = document.getElementById("pause");
  const filters = document.getElementById("filters");
  const trouble = document.getElementById("trouble");
  const nothing = document.getElementById("nothing");
  const waiting = [];
  let paused = false;

  let source;
  listen();
  // A page that nobody sees asks for nothing; it goes on where it was.
  document.addEventListener("visibilitychange", () => (document.hidden ? source.close() : listen()));

  function listen() {
    source?.close();
    source = new EventSource(`/live?after=${after}`);
    source.addEventListener("rows", ({ data, lastEventId }) => {
      after = lastEventId;
      trouble.hidden = true;
      waiting.push(...parsed(data).reverse());
      if (!paused) show();
      tell();
    });
    source.addEventListener("trouble", ({ data }) => {
      trouble.textContent = data;
      trouble.hidden = false;
      nothing.hidden = true;
      state.textContent = "The logs cannot be read.";
    });
    source.onerror = () => (state.textContent = "The console does not answer. Is it still running?");
  }

  pause.onclick = () => {
    paused = !paused;
    pause.classList.toggle("paused", paused);
    pause.textContent = paused ? "Go on" : "Pause";
    if (!paused) show();
    tell();
  };
  filters.onsubmit = (event) => event.preventDefault();
  filters.oninput = () => {
    for (const row of body.rows) filter(row);
  };

  function show() {
    for (const row of waiting.splice(0).slice(-most)) {
      row.classList.add("new");
      filter(row);
      body.prepend(row);
    }
    while (body.rows.length > most) body.deleteRow(-1);
    nothing.hidden = body.rows.length > 0;
  }

  function tell() {
    const count = waiting.length;
    const words = paused ? `Paused; ${count} new` : "Following";
    if (state.textContent !== words) state.textContent = words;
  }

  function filter(row) {
    const { tone, text } = Object.fromEntries(new FormData(filters));
    const { step } = row.dataset;
    const fits = !tone || step === tone || (tone === "trouble" && ["bad", "odd"].includes(row.dataset.tone));
    const sought = text.trim().toLowerCase();
    const said = () => row.textContent + [...row.querySelectorAll("[title]")].map((one) => one.title).join(" ");
    row.hidden = !fits || (sought !== "" && !said().toLowerCase().includes(sought));
  }
}

// The server has escaped everything that is not ours.
function parsed(rows) {
  const template = document.createElement("template");
  template.innerHTML = rows;
  return [...template.content.children];
}

// Work goes on: what the page says about it is replaced until it has ended.
async function lookAgain(pause) {
  for (;;) {
    await new Promise((after) => setTimeout(after, pause));
    const answer = await fetch(location.href).catch(() => null);
    if (!answer) continue;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    document.querySelector("main").replaceWith(page.querySelector("main"));
    if (!document.getElementById("running")) return;
  }
}

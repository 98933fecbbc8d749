# Runs the statements of its input one after the other in this shell, as somebody would who copies them from a page. Each is
# tried until it ends as expected: what it builds on may take a moment. Needs FOLDER, EXPECTED and INPUT.
set -m # as in a terminal: `kill %1` ends the whole job
end() { # also what a job was just about to start
  local job try
  for job in $(jobs -p); do
    kill -- "-$job"
    wait "$job"
    for try in {1..40}; do kill -- "-$job" || break; sleep 0.05; done
  done 2>/dev/null
}
trap end EXIT
exec 3<&0 0</dev/null
cd "$FOLDER" || exit

alga-webhooks() { # a console is a page to look at: it has begun once it says where it is, and is then ended
  [[ " $* " == *" console "* ]] || { command alga-webhooks "$@"; return; }
  local more=() said
  [[ $* == *--port* ]] || more+=(--port 0)
  [[ $* == *--no-open* ]] || more+=(--no-open)
  coproc (exec alga-webhooks "$@" "${more[@]}")
  read -r said <&"${COPROC[0]}"
  echo "$said"
  kill -INT "$COPROC_PID"
  wait "$COPROC_PID"
}

next() { # the next whole statement, as bash itself sees it
  code=
  local line
  while IFS= read -r line <&3; do
    code+=$line$'\n'
    [[ $line != *\\ && -z $(bash -n <<<"$code" 2>&1) ]] && return
  done
  code+=$line
  [[ -n $code ]]
}

expected() { # the exit code that it should have; * for any
  local status start found=0
  while IFS=$'\t' read -r status start; do
    [[ -n $start && $code == "$start"* ]] && found=$status
  done <<<"$EXPECTED"
  echo "$found"
}

while next; do
  wanted=$(expected)
  deadline=$((SECONDS + 30))
  while true; do
    printf '$ %s' "$code"
    eval "$code" <<<"$INPUT"
    status=$?
    [[ $wanted == '*' || $status == "$wanted" ]] && break
    if ((SECONDS > deadline)); then
      printf '\nThis ended with %s, not %s:\n%s' "$status" "$wanted" "$code"
      exit 1
    fi
    sleep 0.2
  done
done

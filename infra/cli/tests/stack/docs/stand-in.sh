#!/usr/bin/env bash
# Stands in for what needs the real AWS, minutes or a password store: checks that what is asked for exists.
here=${0%/*}
PATH=${PATH#"$here":}

complain() {
  echo "${0##*/}: $1 is not known here" >&2
  exit 2
}

options() { # the options that are known, and then the words
  local known=$1 word
  shift
  for word; do
    [[ $word != -* || " $known " == *" ${word%%=*} "* ]] || complain "$word"
  done
}

[[ $1 != --endpoint-url=* ]] || shift # it is given below
case "${0##*/} $1 $2" in
make*)
  for word; do
    [[ $word != *=* ]] || grep -Eq "\b${word%%=*}\b" "$ROOT/Makefile" || complain "$word"
  done
  unset MAKEFLAGS MAKELEVEL
  make -n -C "$ROOT" "$@" >/dev/null
  ;;
"sam delete "*) options "--stack-name --region --profile --config-file --no-prompts" "$@" ;;
"cargo lambda deploy") options "--lambda-dir --binary-name --region --profile" "$@" ;;
"pipx install aws-sam-cli" | "pipx install awscli" | "pip install aws-sam-cli" | "pip install awscli") ;;
column\ * | curl\ * | jq\ *) # which not every machine has
  command -v "${0##*/}" >/dev/null && exec "${0##*/}" "$@"
  cat >/dev/null
  ;;
"gh release download") options "--repo" "${@:3}" ;;
"cargo test "*) options "--lib --bins --test -p" "$@" ;;
"rustup target add") [[ $3 == @(aarch64|x86_64)-unknown-linux-gnu ]] || complain "$3" ;;
"pass show "*) echo "$INPUT" ;;
"python3 infra/local with")
  test=${*: -1}
  grep -qr "fn ${test##*::}" "$ROOT/tests" || complain "$test"
  ;;
python3*) exec python3 "$@" ;;
"aws sqs start-message-move-task") exec "$AWS" "$@" --generate-cli-skeleton output ;; # which the local AWS has not
"aws cloudformation "*) # a stack's outputs stay as they are
  kept=$here/$(md5sum <<<"$*" | cut -c1-32)
  [[ -s $kept ]] || "$AWS" --endpoint-url "$AWS_ENDPOINT_URL" "$@" >"$kept" || exit
  cat "$kept"
  ;;
aws*) exec "$AWS" --endpoint-url "$AWS_ENDPOINT_URL" "$@" ;;
*) complain "$*" ;;
esac

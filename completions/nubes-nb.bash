# bash completion for nubes-nb, made by `npm run generate` from the command tree.

_nubes_nb() {
  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}"
  local command='' position=0 index=1 word words=''
  COMPREPLY=()

  # The = of --flag=value is a word of its own here.
  if [[ $current == '=' ]]; then
    current=''
  elif [[ $previous == '=' ]]; then
    previous="${COMP_WORDS[COMP_CWORD - 2]}"
  fi

  while ((index < COMP_CWORD)); do
    word="${COMP_WORDS[index]}"
    case "$command:$word" in
      *:-o | *:--output | \
        *:-c | *:--columns | \
        *:--config | \
        *:--context | \
        login:-u | login:--username | \
        login:--project | \
        create:--image | \
        create:--size | \
        create:--network | \
        create:--key | \
        create:--requirements | \
        create:--access | \
        create:--floating-ip | \
        create:--label | \
        create:--if-exists | \
        create:--from | \
        create:--concurrency | \
        create:--max-failures | \
        create:--wait | \
        create:--timeout | \
        ls:--label | \
        show:--from | \
        show:--older-than | \
        show:--label | \
        start:--older-than | \
        start:--label | \
        start:--from | \
        start:--concurrency | \
        start:--max-failures | \
        start:--wait | \
        start:--timeout | \
        stop:--older-than | \
        stop:--label | \
        stop:--from | \
        stop:--concurrency | \
        stop:--max-failures | \
        stop:--timeout | \
        restart:--older-than | \
        restart:--label | \
        restart:--from | \
        restart:--concurrency | \
        restart:--max-failures | \
        restart:--wait | \
        restart:--timeout | \
        wait:--for | \
        wait:--timeout | \
        wait:--older-than | \
        wait:--label | \
        wait:--from | \
        wait:--concurrency | \
        wait:--max-failures | \
        delete:--if-missing | \
        delete:--older-than | \
        delete:--label | \
        delete:--from | \
        delete:--concurrency | \
        delete:--max-failures | \
        delete:--timeout | \
        apply:-f | apply:--file | \
        apply:--concurrency | \
        apply:--max-failures | \
        apply:--wait | \
        apply:--timeout | \
        url:--timeout | \
        certify:--older-than | \
        certify:--label | \
        certify:--from | \
        certify:--concurrency | \
        certify:--max-failures | \
        certify:--timeout | \
        open:--local-port | \
        open:--timeout | \
        tunnel:--local-port | \
        tunnel:--shell | \
        logs:--source | \
        logs:-n | logs:--lines | \
        'sandbox start':--release | \
        'sandbox run':--as | \
        'sandbox run':--release)
        [[ ${COMP_WORDS[index + 1]} == '=' ]] && index=$((index + 1))
        index=$((index + 1))
        ;;
      *:-*) ;;
      '':login) command=login ;;
      '':logout) command=logout ;;
      '':whoami) command=whoami ;;
      '':create) command=create ;;
      '':ls | '':list) command=ls ;;
      '':show) command=show ;;
      '':start) command=start ;;
      '':stop) command=stop ;;
      '':restart) command=restart ;;
      '':wait) command=wait ;;
      '':delete | '':rm) command=delete ;;
      '':apply) command=apply ;;
      '':url) command=url ;;
      '':certify) command=certify ;;
      '':open | '':connect) command=open ;;
      '':tunnel) command=tunnel ;;
      '':ssh) command=ssh ;;
      '':exec) command=exec ;;
      '':cp) command=cp ;;
      '':ssh-config) command=ssh-config ;;
      '':logs) command=logs ;;
      '':sizes) command=sizes ;;
      '':images) command=images ;;
      '':quota) command=quota ;;
      '':config) command=config ;;
      config:list) command='config list' ;;
      config:get) command='config get' ;;
      config:set) command='config set' ;;
      config:unset) command='config unset' ;;
      config:path) command='config path' ;;
      config:validate) command='config validate' ;;
      '':context) command=context ;;
      context:list) command='context list' ;;
      context:use) command='context use' ;;
      '':completion) command=completion ;;
      '':sandbox) command=sandbox ;;
      sandbox:start) command='sandbox start' ;;
      sandbox:run) command='sandbox run' ;;
      sandbox:demo) command='sandbox demo' ;;
      '':version) command=version ;;
      *) position=$((position + 1)) ;;
    esac
    index=$((index + 1))
  done

  case "$command:$previous" in
    *:-o | *:--output) words='table wide json ndjson name' ;;
    create:--access) words='tunnel direct' ;;
    create:--floating-ip) words='none auto' ;;
    create:--if-exists) words='fail skip start' ;;
    create:--wait) words='ready running' ;;
    start:--wait) words='ready running' ;;
    restart:--wait) words='ready running' ;;
    wait:--for) words='ready running stopped deleted' ;;
    delete:--if-missing) words='fail ok' ;;
    apply:--wait) words='ready running' ;;
    tunnel:--shell) words='posix powershell cmd' ;;
    logs:--source) words='console cloud-init jupyter packages' ;;
    'sandbox start':--release) words='zed 2025.1 2026.2' ;;
    'sandbox run':--release) words='zed 2025.1 2026.2' ;;
    *:--config | \
        create:--key | \
        create:--requirements | \
        create:--from | \
        show:--from | \
        start:--from | \
        stop:--from | \
        restart:--from | \
        wait:--from | \
        delete:--from | \
        apply:-f | apply:--file | \
        certify:--from)
      _nubes_nb_files "$current"
      return
      ;;
    *:-c | *:--columns | \
        *:--context | \
        login:-u | login:--username | \
        login:--project | \
        create:--image | \
        create:--size | \
        create:--network | \
        create:--label | \
        create:--concurrency | \
        create:--max-failures | \
        create:--timeout | \
        ls:--label | \
        show:--older-than | \
        show:--label | \
        start:--older-than | \
        start:--label | \
        start:--concurrency | \
        start:--max-failures | \
        start:--timeout | \
        stop:--older-than | \
        stop:--label | \
        stop:--concurrency | \
        stop:--max-failures | \
        stop:--timeout | \
        restart:--older-than | \
        restart:--label | \
        restart:--concurrency | \
        restart:--max-failures | \
        restart:--timeout | \
        wait:--timeout | \
        wait:--older-than | \
        wait:--label | \
        wait:--concurrency | \
        wait:--max-failures | \
        delete:--older-than | \
        delete:--label | \
        delete:--concurrency | \
        delete:--max-failures | \
        delete:--timeout | \
        apply:--concurrency | \
        apply:--max-failures | \
        apply:--timeout | \
        url:--timeout | \
        certify:--older-than | \
        certify:--label | \
        certify:--concurrency | \
        certify:--max-failures | \
        certify:--timeout | \
        open:--local-port | \
        open:--timeout | \
        tunnel:--local-port | \
        logs:-n | logs:--lines | \
        'sandbox run':--as) return ;;
    *)
      if [[ $current == -* ]]; then
        words='-V --version -o --output --json -c --columns --no-header -q --quiet -v --verbose --debug --no-color --no-input --config --context -h --help'
        case "$command" in
          login) words="$words -u --username --password-stdin --project --from-openstack-env --force" ;;
          logout) words="$words --revoke --password-stdin --force" ;;
          whoami) words="$words --check" ;;
          create) words="$words --image --size --network --key --requirements --access --floating-ip --passphrase-stdin --keep-passphrase --label --if-exists --from --concurrency --max-failures --dry-run --fit --wait --no-wait --timeout" ;;
          ls) words="$words --label --probe" ;;
          show) words="$words --show-token --probe --from --all --older-than --label" ;;
          start) words="$words --show-token --all --older-than --label -y --yes --from --concurrency --max-failures --dry-run --wait --no-wait --timeout" ;;
          stop) words="$words --all --older-than --label -y --yes --from --concurrency --max-failures --dry-run --no-wait --timeout" ;;
          restart) words="$words --hard --jupyter-only --all --older-than --label -y --yes --from --concurrency --max-failures --dry-run --wait --no-wait --timeout" ;;
          wait) words="$words --for --timeout --all --older-than --label --from --concurrency --max-failures --dry-run" ;;
          delete) words="$words -y --yes --if-missing --all --older-than --label --from --concurrency --max-failures --dry-run --no-wait --timeout" ;;
          apply) words="$words -f --file --prune --show-token -y --yes --concurrency --max-failures --dry-run --fit --passphrase-stdin --keep-passphrase --wait --no-wait --timeout" ;;
          url) words="$words --direct --no-token --renew -y --yes --timeout" ;;
          certify) words="$words --passphrase-stdin --keep-passphrase --all --older-than --label -y --yes --from --concurrency --max-failures --dry-run --timeout" ;;
          open) words="$words --start --no-browser --local-port --tunnel --timeout" ;;
          tunnel) words="$words --local-port --print --shell --background --stop --list" ;;
          ssh) words="$words -t --tty" ;;
          exec) words="$words -t --tty" ;;
          ssh-config) words="$words --write" ;;
          logs) words="$words --source -n --lines -f --follow" ;;
          images) words="$words -a --all" ;;
          'sandbox start') words="$words --stand-in --release" ;;
          'sandbox run') words="$words --as --stand-in --release" ;;
        esac
      else
        case "$command:$position" in
          '':0) words='login logout whoami create ls list show start stop restart wait delete rm apply url certify open connect tunnel ssh exec cp ssh-config logs sizes images quota config context completion sandbox version' ;;
          config:0) words='list get set unset path validate' ;;
          context:0) words='list use' ;;
          completion:0) words='bash zsh fish powershell' ;;
          sandbox:0) words='start run demo' ;;
        esac
      fi
      ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}

_nubes_nb_files() {
  local IFS=$'\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$1"))
}

complete -F _nubes_nb nubes-nb

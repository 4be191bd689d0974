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
        create:--access | \
        create:--floating-ip | \
        create:--wait | \
        create:--timeout | \
        start:--wait | \
        start:--timeout | \
        stop:--timeout | \
        restart:--wait | \
        restart:--timeout | \
        wait:--for | \
        wait:--timeout | \
        delete:--if-missing | \
        delete:--timeout | \
        url:--timeout | \
        certify:--timeout | \
        open:--local-port | \
        open:--timeout | \
        tunnel:--local-port | \
        tunnel:--shell | \
        logs:--source | \
        logs:-n | logs:--lines | \
        'sandbox run':--as)
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
      '':url) command=url ;;
      '':certify) command=certify ;;
      '':open | '':connect) command=open ;;
      '':tunnel) command=tunnel ;;
      '':ssh) command=ssh ;;
      '':exec) command=exec ;;
      '':cp) command=cp ;;
      '':ssh-config) command=ssh-config ;;
      '':logs) command=logs ;;
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
    create:--wait) words='ready running' ;;
    start:--wait) words='ready running' ;;
    restart:--wait) words='ready running' ;;
    wait:--for) words='ready running stopped deleted' ;;
    delete:--if-missing) words='fail ok' ;;
    tunnel:--shell) words='posix powershell cmd' ;;
    logs:--source) words='console cloud-init jupyter' ;;
    *:--config | \
        create:--key)
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
        create:--timeout | \
        start:--timeout | \
        stop:--timeout | \
        restart:--timeout | \
        wait:--timeout | \
        delete:--timeout | \
        url:--timeout | \
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
          create) words="$words --image --size --network --key --access --floating-ip --passphrase-stdin --keep-passphrase --wait --no-wait --timeout" ;;
          ls) words="$words --probe" ;;
          show) words="$words --show-token --probe" ;;
          start) words="$words --show-token --wait --no-wait --timeout" ;;
          stop) words="$words --no-wait --timeout" ;;
          restart) words="$words --hard --jupyter-only --wait --no-wait --timeout" ;;
          wait) words="$words --for --timeout" ;;
          delete) words="$words -y --yes --if-missing --no-wait --timeout" ;;
          url) words="$words --direct --no-token --renew -y --yes --timeout" ;;
          certify) words="$words --passphrase-stdin --keep-passphrase --timeout" ;;
          open) words="$words --start --no-browser --local-port --tunnel --timeout" ;;
          tunnel) words="$words --local-port --print --shell --background --stop --list" ;;
          ssh) words="$words -t --tty" ;;
          exec) words="$words -t --tty" ;;
          ssh-config) words="$words --write" ;;
          logs) words="$words --source -n --lines -f --follow" ;;
          'sandbox start') words="$words --stand-in" ;;
          'sandbox run') words="$words --as --stand-in" ;;
        esac
      else
        case "$command:$position" in
          '':0) words='login logout whoami create ls list show start stop restart wait delete rm url certify open connect tunnel ssh exec cp ssh-config logs config context completion sandbox version' ;;
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

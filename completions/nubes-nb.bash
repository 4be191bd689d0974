# bash completion for nubes-nb, made by `npm run generate` from the command tree.

_nubes_nb() {
  local IFS=$' \t\n' command='' position=0 index word words='' flag='' config='' context=''
  local current count=0 joins=''
  local -a line=()
  COMPREPLY=()
  config="${NUBES_NB_CONFIG-}" context="${NUBES_NB_CONTEXT-}"

  # Here the = of --flag=value and the : of a name are words of their own.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    word="${COMP_WORDS[index]}"
    if ((count > 0)) && [[ -n $joins || $word == [:=]* ]]; then
      line[count - 1]+="$word"
    else
      line[count++]="$word"
    fi
    joins=''
    [[ -n $word && -z ${word//[:=]/} ]] && joins=1
  done
  current="${line[count - 1]}"

  for ((index = 0; index < count - 1; index++)); do
    word="${line[index]}"
    case "$command:$word" in
      *:--context | *:--config)
        if ((index == count - 2)); then
          flag="$word"
        elif [[ $word == --config ]]; then
          config="${line[index + 1]}"
        else
          context="${line[index + 1]}"
        fi
        index=$((index + 1))
        ;;
      *:--context=*) context="${word#*=}" ;;
      *:--config=*) config="${word#*=}" ;;
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
        create:--also-key | \
        create:--requirements | \
        create:--access | \
        create:--floating-ip | \
        create:--label | \
        create:--if-exists | \
        create:--from | \
        create:--concurrency | \
        create:--max-failures | \
        create:--for | \
        create:--wait | \
        create:--timeout | \
        ls:--label | \
        ls:--status | \
        ls:--sort | \
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
        apply:--for | \
        apply:--concurrency | \
        apply:--max-failures | \
        apply:--wait | \
        apply:--timeout | \
        url:--timeout | \
        share:--as | \
        share:--key | \
        share:--revoke | \
        handout:--label | \
        handout:--for | \
        handout:--format | \
        handout:--folder | \
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
        'key list':--timeout | \
        'key add':--timeout | \
        'key remove':--timeout | \
        logs:--source | \
        logs:-n | logs:--lines | \
        'config init':--site | \
        'config init':--auth-url | \
        'config init':--user-domain | \
        'config init':--ca-file | \
        'config init':--store | \
        'config init':--ldap-url | \
        'config init':--ldap-tls | \
        'config init':--ldap-ca-file | \
        'config init':--ldap-bind-dn-template | \
        'config init':--ldap-search-base | \
        'config init':--ldap-search-attribute | \
        'config init':--ldap-search-bind-dn | \
        'context create':--set | \
        history:-n | history:--limit | \
        doctor:--bundle | \
        'admin ls':--user | \
        'admin ls':--older-than | \
        'admin ls':--project | \
        'admin ls':--status | \
        'admin ls':--sort | \
        'admin show':--project | \
        'admin logs':--project | \
        'admin logs':-n | 'admin logs':--lines | \
        'admin stop':--project | \
        'admin stop':--reason | \
        'admin stop':--timeout | \
        'admin start':--project | \
        'admin start':--reason | \
        'admin start':--timeout | \
        'admin delete':--project | \
        'admin delete':--reason | \
        'admin delete':--timeout | \
        'admin map':--project | \
        'admin report':--project | \
        'admin orphans':--project | \
        man:--folder | \
        'sandbox start':--release | \
        'sandbox run':--as | \
        'sandbox run':--release)
        ((index == count - 2)) && flag="$word"
        index=$((index + 1))
        ;;
      *:-*) ;;
      '':login) command=login ;;
      '':logout) command=logout ;;
      '':whoami) command=whoami ;;
      '':status) command=status ;;
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
      '':share) command=share ;;
      '':handout) command=handout ;;
      '':certify) command=certify ;;
      '':open | '':connect) command=open ;;
      '':tunnel) command=tunnel ;;
      '':ssh) command=ssh ;;
      '':exec) command=exec ;;
      '':cp) command=cp ;;
      '':ssh-config) command=ssh-config ;;
      '':key) command=key ;;
      key:list) command='key list' ;;
      key:add) command='key add' ;;
      key:remove) command='key remove' ;;
      '':logs) command=logs ;;
      '':sizes) command=sizes ;;
      '':images) command=images ;;
      '':quota) command=quota ;;
      '':config) command=config ;;
      config:init) command='config init' ;;
      config:import) command='config import' ;;
      config:list) command='config list' ;;
      config:get) command='config get' ;;
      config:set) command='config set' ;;
      config:unset) command='config unset' ;;
      config:path) command='config path' ;;
      config:validate) command='config validate' ;;
      '':context) command=context ;;
      context:list) command='context list' ;;
      context:create) command='context create' ;;
      context:use) command='context use' ;;
      '':history) command=history ;;
      '':doctor) command=doctor ;;
      '':admin) command=admin ;;
      admin:ls) command='admin ls' ;;
      admin:show) command='admin show' ;;
      admin:logs) command='admin logs' ;;
      admin:stop) command='admin stop' ;;
      admin:start) command='admin start' ;;
      admin:delete) command='admin delete' ;;
      admin:map) command='admin map' ;;
      admin:report) command='admin report' ;;
      admin:orphans) command='admin orphans' ;;
      '':completion) command=completion ;;
      '':man) command=man ;;
      '':sandbox) command=sandbox ;;
      sandbox:start) command='sandbox start' ;;
      sandbox:run) command='sandbox run' ;;
      sandbox:demo) command='sandbox demo' ;;
      '':version) command=version ;;
      *) position=$((position + 1)) ;;
    esac
  done

  if [[ -z $flag && $current == --*=* ]]; then
    flag="${current%%=*}"
    current="${current#*=}"
  fi
  case "$command:$flag" in
    *:) ;;
    *:-o | *:--output) words='table wide csv json ndjson name' ;;
    *:--config) _nubes_nb_files; return ;;
    *:--context) _nubes_nb_names contexts; return ;;
    create:--image) _nubes_nb_names images; return ;;
    create:--size) _nubes_nb_names sizes; return ;;
    create:--key) _nubes_nb_files; return ;;
    create:--also-key) _nubes_nb_files; return ;;
    create:--requirements) _nubes_nb_files; return ;;
    create:--access) words='tunnel direct' ;;
    create:--floating-ip) words='none auto' ;;
    create:--if-exists) words='fail skip start' ;;
    create:--from) _nubes_nb_files; return ;;
    create:--for) _nubes_nb_files; return ;;
    create:--wait) words='ready running' ;;
    ls:--status) words='creating starting ready running unreachable stopping stopped released deleting error unknown' ;;
    ls:--sort) words='name age status size' ;;
    show:--from) _nubes_nb_files; return ;;
    start:--from) _nubes_nb_files; return ;;
    start:--wait) words='ready running' ;;
    stop:--from) _nubes_nb_files; return ;;
    restart:--from) _nubes_nb_files; return ;;
    restart:--wait) words='ready running' ;;
    wait:--for) words='ready running stopped deleted' ;;
    wait:--from) _nubes_nb_files; return ;;
    delete:--if-missing) words='fail ok' ;;
    delete:--from) _nubes_nb_files; return ;;
    apply:-f | apply:--file) _nubes_nb_files; return ;;
    apply:--for) _nubes_nb_files; return ;;
    apply:--wait) words='ready running' ;;
    share:--key) _nubes_nb_files; return ;;
    handout:--for) _nubes_nb_files; return ;;
    handout:--format) words='html md' ;;
    handout:--folder) _nubes_nb_files; return ;;
    certify:--from) _nubes_nb_files; return ;;
    tunnel:--shell) words='posix powershell cmd' ;;
    logs:--source) words='console cloud-init jupyter packages' ;;
    'config init':--ca-file) _nubes_nb_files; return ;;
    'config init':--store) words='keychain file' ;;
    'config init':--ldap-tls) words='starttls ldaps insecure' ;;
    'config init':--ldap-ca-file) _nubes_nb_files; return ;;
    doctor:--bundle) _nubes_nb_files; return ;;
    'admin ls':--status) words='creating starting running stopping stopped released deleting error unknown' ;;
    'admin ls':--sort) words='name age status size' ;;
    man:--folder) _nubes_nb_files; return ;;
    'sandbox start':--release) words='zed 2025.1 2026.2' ;;
    'sandbox run':--release) words='zed 2025.1 2026.2' ;;
    *) return ;;
  esac
  if [[ -n $flag ]]; then
    _nubes_nb_words
    return
  fi

  if [[ $current == -* ]]; then
    words='-V --version -o --output --json -c --columns --no-header -q --quiet -v --verbose --debug --no-color --no-input --config --context -h --help'
    case "$command" in
      login) words="$words -u --username --password-stdin --project --from-openstack-env --force" ;;
      logout) words="$words --all --revoke --password-stdin --force" ;;
      whoami) words="$words --check" ;;
      create) words="$words --image --size --network --key --also-key --requirements --access --floating-ip --passphrase-stdin --keep-passphrase --label --if-exists --from --concurrency --max-failures --dry-run --for --fit --wait --no-wait --timeout --open" ;;
      ls) words="$words --label --status --sort --watch --probe" ;;
      show) words="$words --show-token --probe --from --all --older-than --label" ;;
      start) words="$words --show-token --all --older-than --label -y --yes --from --concurrency --max-failures --dry-run --wait --no-wait --timeout" ;;
      stop) words="$words --all --older-than --label -y --yes --from --concurrency --max-failures --dry-run --no-wait --timeout" ;;
      restart) words="$words --hard --jupyter-only --all --older-than --label -y --yes --from --concurrency --max-failures --dry-run --wait --no-wait --timeout" ;;
      wait) words="$words --for --timeout --all --older-than --label --from --concurrency --max-failures --dry-run" ;;
      delete) words="$words -y --yes --if-missing --all --older-than --label --from --concurrency --max-failures --dry-run --no-wait --timeout" ;;
      apply) words="$words -f --file --prune --for --show-token -y --yes --concurrency --max-failures --dry-run --fit --passphrase-stdin --keep-passphrase --wait --no-wait --timeout" ;;
      url) words="$words --direct --no-token --renew -y --yes --timeout" ;;
      share) words="$words --as --key --list --revoke" ;;
      handout) words="$words --label --all --for --format --folder --revoke -y --yes" ;;
      certify) words="$words --passphrase-stdin --keep-passphrase --all --older-than --label -y --yes --from --concurrency --max-failures --dry-run --timeout" ;;
      open) words="$words --start --no-browser --local-port --tunnel --timeout" ;;
      tunnel) words="$words --local-port --print --shell --background --stop --list" ;;
      ssh) words="$words -t --tty" ;;
      exec) words="$words -t --tty" ;;
      ssh-config) words="$words --write" ;;
      'key list') words="$words --timeout" ;;
      'key add') words="$words --timeout" ;;
      'key remove') words="$words --force --timeout" ;;
      logs) words="$words --source -n --lines -f --follow" ;;
      images) words="$words -a --all" ;;
      'config init') words="$words --site --auth-url --user-domain --ca-file --store --no-ldap --ldap-url --ldap-tls --ldap-ca-file --ldap-bind-dn-template --ldap-search-base --ldap-search-attribute --ldap-search-bind-dn" ;;
      'config import') words="$words --write" ;;
      'context create') words="$words --set --use" ;;
      history) words="$words -n --limit" ;;
      doctor) words="$words --fix --bundle" ;;
      'admin ls') words="$words --user --without-staff-key --older-than --project --status --sort" ;;
      'admin show') words="$words --project" ;;
      'admin logs') words="$words --project -n --lines" ;;
      'admin stop') words="$words --project --reason -y --yes --no-wait --timeout" ;;
      'admin start') words="$words --project --reason -y --yes --no-wait --timeout" ;;
      'admin delete') words="$words --project --reason -y --yes --no-wait --timeout" ;;
      'admin map') words="$words --project" ;;
      'admin report') words="$words --project" ;;
      'admin orphans') words="$words --project" ;;
      man) words="$words --folder" ;;
      'sandbox start') words="$words --stand-in --release" ;;
      'sandbox run') words="$words --as --stand-in --release" ;;
    esac
  else
    case "$command:$position" in
      '':0) words='login logout whoami status create ls list show start stop restart wait delete rm apply url share handout certify open connect tunnel ssh exec cp ssh-config key logs sizes images quota config context history doctor admin completion man sandbox version' ;;
      show:*) _nubes_nb_notebooks creating starting ready running unreachable stopping stopped released error unknown; return ;;
      start:*) _nubes_nb_notebooks stopping stopped released; return ;;
      stop:*) _nubes_nb_notebooks starting ready running unreachable error unknown; return ;;
      restart:*) _nubes_nb_notebooks creating starting ready running unreachable error; return ;;
      wait:*) _nubes_nb_notebooks creating starting ready running unreachable stopping stopped released error unknown; return ;;
      delete:*) _nubes_nb_notebooks creating starting ready running unreachable stopping stopped released error unknown; return ;;
      url:0) _nubes_nb_notebooks creating starting ready running unreachable; return ;;
      share:0) _nubes_nb_notebooks creating starting ready running unreachable; return ;;
      certify:*) _nubes_nb_notebooks creating starting ready running unreachable; return ;;
      open:0) _nubes_nb_notebooks creating starting ready running unreachable; return ;;
      tunnel:0) _nubes_nb_notebooks creating starting ready running unreachable; return ;;
      ssh:0) _nubes_nb_notebooks creating starting ready running unreachable; return ;;
      exec:0) _nubes_nb_notebooks creating starting ready running unreachable; return ;;
      cp:0) _nubes_nb_locations creating starting ready running unreachable; return ;;
      cp:1) _nubes_nb_locations creating starting ready running unreachable; return ;;
      key:0) words='list add remove' ;;
      'key add':1) _nubes_nb_files; return ;;
      logs:0) _nubes_nb_notebooks creating starting ready running unreachable stopping stopped released error unknown; return ;;
      config:0) words='init import list get set unset path validate' ;;
      'config import':0) words='jupyterhub' ;;
      'config import':1) _nubes_nb_files; return ;;
      'config get':0) words='site context openstack.auth_url openstack.region openstack.interface openstack.user_domain openstack.project openstack.project_domain openstack.ca_file ldap.urls ldap.tls ldap.ca_file ldap.bind_dn_template ldap.domains ldap.search.base ldap.search.attribute ldap.search.filter ldap.search.bind_dn ldap.allowed_groups ldap.denied_groups ldap.nested_groups ldap.username_attribute ldap.username_pattern ldap.timeout session.ttl session.store notebook.image notebook.size notebook.network notebook.security_groups notebook.key_file notebook.also_keys notebook.access notebook.allowed_cidr notebook.certificate notebook.certificate_key notebook.floating_ip notebook.port notebook.ssh_port notebook.user notebook.account notebook.folder notebook.command notebook.package_index notebook.config_drive notebook.host_template notebook.idle_timeout notebook.expires limits.per_user limits.by_group limits.concurrency timeouts.create timeouts.start timeouts.stop timeouts.delete timeouts.http site_team.admin_keys site_team.admin_keys_url site_team.admin_group site_team.support' ;;
      'config set':0) words='site context openstack.auth_url openstack.region openstack.interface openstack.user_domain openstack.project openstack.project_domain openstack.ca_file ldap.urls ldap.tls ldap.ca_file ldap.bind_dn_template ldap.domains ldap.search.base ldap.search.attribute ldap.search.filter ldap.search.bind_dn ldap.allowed_groups ldap.denied_groups ldap.nested_groups ldap.username_attribute ldap.username_pattern ldap.timeout session.ttl session.store notebook.image notebook.size notebook.network notebook.security_groups notebook.key_file notebook.also_keys notebook.access notebook.allowed_cidr notebook.certificate notebook.certificate_key notebook.floating_ip notebook.port notebook.ssh_port notebook.user notebook.account notebook.folder notebook.command notebook.package_index notebook.config_drive notebook.host_template notebook.idle_timeout notebook.expires limits.per_user limits.by_group limits.concurrency timeouts.create timeouts.start timeouts.stop timeouts.delete timeouts.http site_team.admin_keys site_team.admin_keys_url site_team.admin_group site_team.support' ;;
      'config unset':0) words='site context openstack.auth_url openstack.region openstack.interface openstack.user_domain openstack.project openstack.project_domain openstack.ca_file ldap.urls ldap.tls ldap.ca_file ldap.bind_dn_template ldap.domains ldap.search.base ldap.search.attribute ldap.search.filter ldap.search.bind_dn ldap.allowed_groups ldap.denied_groups ldap.nested_groups ldap.username_attribute ldap.username_pattern ldap.timeout session.ttl session.store notebook.image notebook.size notebook.network notebook.security_groups notebook.key_file notebook.also_keys notebook.access notebook.allowed_cidr notebook.certificate notebook.certificate_key notebook.floating_ip notebook.port notebook.ssh_port notebook.user notebook.account notebook.folder notebook.command notebook.package_index notebook.config_drive notebook.host_template notebook.idle_timeout notebook.expires limits.per_user limits.by_group limits.concurrency timeouts.create timeouts.start timeouts.stop timeouts.delete timeouts.http site_team.admin_keys site_team.admin_keys_url site_team.admin_group site_team.support' ;;
      context:0) words='list create use' ;;
      'context use':0) _nubes_nb_names contexts; return ;;
      admin:0) words='ls show logs stop start delete map report orphans' ;;
      completion:0) words='bash zsh fish powershell' ;;
      sandbox:0) words='start run demo' ;;
    esac
  fi
  _nubes_nb_words
}

# Offers those of $words that begin with $current.
_nubes_nb_words() {
  local word
  for word in $words; do
    [[ $word == "$current"* ]] && COMPREPLY+=("$word")
  done
}

_nubes_nb_files() {
  local IFS=$'\n'
  compopt -o filenames 2>/dev/null
  COMPREPLY=($(compgen -f -- "$current"))
}

# Sets $file to the one in which nubes-nb keeps names of this kind; fails if there is none.
_nubes_nb_file() {
  local folder="${XDG_CACHE_HOME-}" first=''
  [[ $folder == /* ]] || folder="${HOME-}/.cache"
  case "${OSTYPE-}" in msys* | cygwin*) folder="${LOCALAPPDATA-}" ;; esac
  folder+=/nubes-nb
  case "${OSTYPE-}" in msys* | cygwin*) folder+=/Cache ;; esac
  folder+=/completion-1

  file="$folder/contexts"
  if [[ -n $config ]]; then
    [[ $config == /* ]] || return 1
    file+="${config//\//%}"
  fi
  if [[ $1 != contexts ]]; then
    if [[ -n ${NUBES_NB_APPLICATION_CREDENTIAL_ID-} ]]; then
      context="credential%$NUBES_NB_APPLICATION_CREDENTIAL_ID"
    elif [[ -z $context && -f $file && -O $file ]]; then
      IFS= read -r context <"$file"
    fi
    [[ $context != */* ]] || return 1
    file="$folder/${context:-default}.$1"
  fi
  [[ -f $file && -O $file && -r $file ]]
}

# Offers the notebooks with one of these statuses.
_nubes_nb_notebooks() {
  local file status words
  _nubes_nb_file notebooks || return
  while read -r status words; do
    [[ " $* " == *" $status "* && $words != *[!a-z0-9\ -]* ]] || continue
    if ((${#words} > 4096)); then
      COMPREPLY+=($(compgen -W "$words" -- "$current"))
    else
      _nubes_nb_words
    fi
  done <"$file"
}

# Offers the notebooks with one of these statuses, each with a colon, and files.
_nubes_nb_locations() {
  local each text
  [[ $current == *[!a-z0-9-]* ]] || _nubes_nb_notebooks "$@"
  if ((${#COMPREPLY[@]} == 0)); then
    # Only the VM knows what follows a name and a colon.
    [[ $current == *:* && ${current%%:*} != */* ]] || _nubes_nb_files
    return
  fi
  COMPREPLY=("${COMPREPLY[@]/%/:}")
  compopt -o nospace 2>/dev/null
  while IFS= read -r each; do
    printf -v text %q "$each"
    if [[ -d $each ]]; then text+=/; else text+=' '; fi
    COMPREPLY+=("$text")
  done < <(compgen -f -- "$current")
}

# Offers names that others have chosen: each is quoted as the user has begun to, and none is evaluated.
_nubes_nb_names() {
  local file name text quote='' typed left=1000
  _nubes_nb_file "$1" || return
  [[ $current == [\"\']* ]] && quote="${current:0:1}"
  typed="${current#"$quote"}"
  {
    IFS= read -r name
    while ((left-- > 0)) && IFS= read -r name; do
      [[ $name == -* || $name == *[[:cntrl:]]* ]] && continue
      # Inside of quotes these characters end them or are evaluated.
      [[ -n $quote && $name == *[\"\'\$\`\\!]* ]] && continue
      if [[ -n $quote ]]; then text="$name"; else printf -v text %q "$name"; fi
      [[ $text == "$typed"* ]] && COMPREPLY+=("$text")
    done
  } <"$file"
  # Readline replaces only what stands after the last : or =.
  ((${#COMPREPLY[@]} > 0)) || return
  if [[ -z $quote && $typed == *[:=]* && ${COMP_WORDBREAKS-:} == *:* ]]; then
    typed="${typed%"${typed##*[:=]}"}"
    COMPREPLY=("${COMPREPLY[@]#"$typed"}")
  fi
}

complete -F _nubes_nb nubes-nb

# fish completion for nubes-nb, made by `npm run generate` from the command tree.

# True in the command with this path when this many of its arguments stand before the cursor.
function __nubes_nb_at -a path position
    set -l at ''
    set -l count 0
    set -l skip 0
    set -l words (commandline -opc)
    for word in $words[2..-1]
        if test $skip = 1
            set skip 0
            continue
        end
        switch "$at:$word"
            case '*:-o' '*:--output' '*:-c' '*:--columns' '*:--config' '*:--context' 'login:-u' 'login:--username' 'login:--project' 'create:--image' 'create:--size' 'create:--network' 'create:--key' 'create:--requirements' 'create:--access' 'create:--floating-ip' 'create:--label' 'create:--if-exists' 'create:--from' 'create:--concurrency' 'create:--max-failures' 'create:--wait' 'create:--timeout' 'ls:--label' 'ls:--status' 'ls:--sort' 'show:--from' 'show:--older-than' 'show:--label' 'start:--older-than' 'start:--label' 'start:--from' 'start:--concurrency' 'start:--max-failures' 'start:--wait' 'start:--timeout' 'stop:--older-than' 'stop:--label' 'stop:--from' 'stop:--concurrency' 'stop:--max-failures' 'stop:--timeout' 'restart:--older-than' 'restart:--label' 'restart:--from' 'restart:--concurrency' 'restart:--max-failures' 'restart:--wait' 'restart:--timeout' 'wait:--for' 'wait:--timeout' 'wait:--older-than' 'wait:--label' 'wait:--from' 'wait:--concurrency' 'wait:--max-failures' 'delete:--if-missing' 'delete:--older-than' 'delete:--label' 'delete:--from' 'delete:--concurrency' 'delete:--max-failures' 'delete:--timeout' 'apply:-f' 'apply:--file' 'apply:--concurrency' 'apply:--max-failures' 'apply:--wait' 'apply:--timeout' 'url:--timeout' 'certify:--older-than' 'certify:--label' 'certify:--from' 'certify:--concurrency' 'certify:--max-failures' 'certify:--timeout' 'open:--local-port' 'open:--timeout' 'tunnel:--local-port' 'tunnel:--shell' 'logs:--source' 'logs:-n' 'logs:--lines' 'context create:--set' 'history:-n' 'history:--limit' 'doctor:--bundle' 'man:--folder' 'sandbox start:--release' 'sandbox run:--as' 'sandbox run:--release'
                set skip 1
            case '*:-*'
            case ':login'
                set at 'login'
            case ':logout'
                set at 'logout'
            case ':whoami'
                set at 'whoami'
            case ':status'
                set at 'status'
            case ':create'
                set at 'create'
            case ':ls' ':list'
                set at 'ls'
            case ':show'
                set at 'show'
            case ':start'
                set at 'start'
            case ':stop'
                set at 'stop'
            case ':restart'
                set at 'restart'
            case ':wait'
                set at 'wait'
            case ':delete' ':rm'
                set at 'delete'
            case ':apply'
                set at 'apply'
            case ':url'
                set at 'url'
            case ':certify'
                set at 'certify'
            case ':open' ':connect'
                set at 'open'
            case ':tunnel'
                set at 'tunnel'
            case ':ssh'
                set at 'ssh'
            case ':exec'
                set at 'exec'
            case ':cp'
                set at 'cp'
            case ':ssh-config'
                set at 'ssh-config'
            case ':logs'
                set at 'logs'
            case ':sizes'
                set at 'sizes'
            case ':images'
                set at 'images'
            case ':quota'
                set at 'quota'
            case ':config'
                set at 'config'
            case 'config:init'
                set at 'config init'
            case 'config:list'
                set at 'config list'
            case 'config:get'
                set at 'config get'
            case 'config:set'
                set at 'config set'
            case 'config:unset'
                set at 'config unset'
            case 'config:path'
                set at 'config path'
            case 'config:validate'
                set at 'config validate'
            case ':context'
                set at 'context'
            case 'context:list'
                set at 'context list'
            case 'context:create'
                set at 'context create'
            case 'context:use'
                set at 'context use'
            case ':history'
                set at 'history'
            case ':doctor'
                set at 'doctor'
            case ':completion'
                set at 'completion'
            case ':man'
                set at 'man'
            case ':sandbox'
                set at 'sandbox'
            case 'sandbox:start'
                set at 'sandbox start'
            case 'sandbox:run'
                set at 'sandbox run'
            case 'sandbox:demo'
                set at 'sandbox demo'
            case ':version'
                set at 'version'
            case '*'
                set count (math $count + 1)
        end
    end
    test "$at" = "$path"; and begin
        test -z "$position"; or test $count = "$position"
    end
end

# Prints the path of the file in which nubes-nb keeps names of this kind; fails if there is none.
function __nubes_nb_file -a kind
    set -l folder "$XDG_CACHE_HOME"
    set -l config "$NUBES_NB_CONFIG"
    set -l context "$NUBES_NB_CONTEXT"
    set -l words (commandline -opc)
    set -l flag ''
    for word in $words
        switch "$flag"
            case --config
                set config $word
            case --context
                set context $word
        end
        set flag $word
        switch $word
            case '--config=*'
                set config (string replace -- --config= '' $word)
            case '--context=*'
                set context (string replace -- --context= '' $word)
        end
    end
    string match -q '/*' -- $folder; or set folder "$HOME/.cache"
    set folder "$folder/nubes-nb/completion-1"
    set -l file "$folder/contexts"
    if test -n "$config"
        string match -q '/*' -- $config; or return 1
        set file $file(string replace -a / % -- $config)
    end
    if test $kind != contexts
        if test -n "$NUBES_NB_APPLICATION_CREDENTIAL_ID"
            set context "credential%$NUBES_NB_APPLICATION_CREDENTIAL_ID"
        else if test -z "$context" -a -f "$file" -a -O "$file"
            read context <$file
        end
        string match -q '*/*' -- $context; and return 1
        test -n "$context"; or set context default
        set file "$folder/$context.$kind"
    end
    test -f "$file" -a -O "$file" -a -r "$file"; and echo -- $file
end

# Prints the notebooks with one of these statuses. Fish escapes what it inserts, and evaluates nothing.
function __nubes_nb_notebooks
    set -l file (__nubes_nb_file notebooks); or return
    string replace -rf '^(?:'(string join '|' $argv)') ([a-z0-9 -]+)$' '$1' <$file | string split ' '
end

# The same with a colon each.
function __nubes_nb_locations
    __nubes_nb_local; and string replace -r '(.)$' '$1:' -- (__nubes_nb_notebooks $argv)
end

# True unless the word is a path on a VM, which only the VM knows.
function __nubes_nb_local
    not string match -qr '^[^/]*:' -- (commandline -ct)
end

# Prints names that others have chosen.
function __nubes_nb_names -a kind
    set -l file (__nubes_nb_file $kind); or return
    set -l names (string match -r '^.*$' <$file)
    set -e names[1]
    string match -rv '^-|[[:cntrl:]]' -- $names
end

complete -c nubes-nb -f
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a login -d 'log in and store the session in the keychain'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a logout -d 'log out; notebooks keep running'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a whoami -d 'show the current login'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a status -d 'show your login, your notebooks and what to do next'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a create -d 'create a notebook and wait until it is ready'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a ls -d 'list your notebooks'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a list -d 'list your notebooks'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a show -d 'show all details of a notebook'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a start -d 'start a stopped notebook'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a stop -d 'stop a notebook and keep its disk'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a restart -d 'restart a notebook and wait until it is ready'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a wait -d 'wait until a notebook reaches a state'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a delete -d 'delete a notebook and its disk permanently'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a rm -d 'delete a notebook and its disk permanently'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a apply -d 'create, start and update notebooks from a manifest'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a url -d 'print a notebook\'s URL with its token'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a certify -d 'install your site\'s certificate on a direct notebook'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a open -d 'open a notebook in the browser'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a connect -d 'open a notebook in the browser'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a tunnel -d 'open an SSH tunnel to a notebook until Ctrl-C'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a ssh -d 'open a shell on a notebook\'s VM'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a exec -d 'run a program on a notebook\'s VM'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a cp -d 'copy files to or from a notebook\'s VM'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a ssh-config -d 'print ssh_config hosts for your notebooks'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a logs -d 'print the logs of a notebook\'s VM'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a sizes -d 'list the sizes, and how many of each fit now'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a images -d 'list the images that a notebook can boot'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a quota -d 'show the project\'s quota and what you use of it'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a config -d 'show and change settings'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a context -d 'list contexts or switch to one'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a history -d 'show what was done on this computer, with request ids'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a doctor -d 'check this computer, the services and your settings'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a completion -d 'print a shell completion script'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a man -d 'show or install the man pages'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a sandbox -d 'try nubes-nb on an embedded cloud'
complete -c nubes-nb -n '__nubes_nb_at "" 0' -a version -d 'show the versions of nubes-nb and Node.js'
complete -c nubes-nb -s V -l version -d 'show the version'
complete -c nubes-nb -s o -l output -r -f -a 'table wide json ndjson name' -d 'output format'
complete -c nubes-nb -l json -d 'same as -o json'
complete -c nubes-nb -s c -l columns -r -f -d 'table columns, comma-separated'
complete -c nubes-nb -l no-header -d 'omit the table header'
complete -c nubes-nb -s q -l quiet -d 'print names only'
complete -c nubes-nb -s v -l verbose -d 'print more details'
complete -c nubes-nb -l debug -d 'trace HTTP requests on stderr, without secrets'
complete -c nubes-nb -l no-color -d 'no colour'
complete -c nubes-nb -l no-input -d 'never prompt; fail and name the flag instead'
complete -c nubes-nb -l config -r -F -d 'settings file to use instead of the default'
complete -c nubes-nb -l context -r -f -a '(__nubes_nb_names contexts)' -d 'settings context to use'
complete -c nubes-nb -s h -l help -d 'show help'
complete -c nubes-nb -n '__nubes_nb_at login' -s u -l username -r -f -d 'your user ID'
complete -c nubes-nb -n '__nubes_nb_at login' -l password-stdin -d 'read the password from stdin (one line)'
complete -c nubes-nb -n '__nubes_nb_at login' -l project -r -f -d 'OpenStack project, by name or ID'
complete -c nubes-nb -n '__nubes_nb_at login' -l from-openstack-env -d 'use OS_CLOUD and clouds.yaml, or OS_* variables'
complete -c nubes-nb -n '__nubes_nb_at login' -l force -d 'log in again even if you are logged in'
complete -c nubes-nb -n '__nubes_nb_at logout' -l all -d 'log out of every context'
complete -c nubes-nb -n '__nubes_nb_at logout' -l revoke -d 'delete the application credential with your password'
complete -c nubes-nb -n '__nubes_nb_at logout' -l password-stdin -d 'with --revoke: read the password from stdin (one line)'
complete -c nubes-nb -n '__nubes_nb_at logout' -l force -d 'log out while Nova is creating or deleting a notebook, which may put it in ERROR'
complete -c nubes-nb -n '__nubes_nb_at whoami' -l check -d 'ask Keystone whether the login is still valid (exit 4 if not)'
complete -c nubes-nb -n '__nubes_nb_at create' -l image -r -f -a '(__nubes_nb_names images)' -d 'image to boot (name or UUID)'
complete -c nubes-nb -n '__nubes_nb_at create' -l size -r -f -a '(__nubes_nb_names sizes)' -d 'size (flavor) of the VM (name or id)'
complete -c nubes-nb -n '__nubes_nb_at create' -l network -r -f -d 'network to attach (name or UUID)'
complete -c nubes-nb -n '__nubes_nb_at create' -l key -r -F -d 'SSH public key (default: the first in ~/.ssh)'
complete -c nubes-nb -n '__nubes_nb_at create' -l requirements -r -F -d 'Python packages to install on first boot (requirements file)'
complete -c nubes-nb -n '__nubes_nb_at create' -l access -r -f -a 'tunnel direct' -d 'how to reach Jupyter: SSH tunnel or HTTPS'
complete -c nubes-nb -n '__nubes_nb_at create' -l floating-ip -r -f -a 'none auto' -d 'floating IP for direct access'
complete -c nubes-nb -n '__nubes_nb_at create' -l passphrase-stdin -d 'read the passphrase of the certificate\'s key from stdin (one line)'
complete -c nubes-nb -n '__nubes_nb_at create' -l keep-passphrase -d 'store that passphrase in the keychain'
complete -c nubes-nb -n '__nubes_nb_at create' -l label -r -f -d 'label to set (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at create' -l if-exists -r -f -a 'fail skip start' -d 'what to do if the name is taken by your own notebook'
complete -c nubes-nb -n '__nubes_nb_at create' -l from -r -F -d 'read names (one per line) or NDJSON from a file; - for stdin'
complete -c nubes-nb -n '__nubes_nb_at create' -l concurrency -r -f -d 'notebooks to work on at a time (default: limits.concurrency)'
complete -c nubes-nb -n '__nubes_nb_at create' -l max-failures -r -f -d 'stop after this many consecutive failures with the same error'
complete -c nubes-nb -n '__nubes_nb_at create' -l dry-run -d 'show the plan and exit'
complete -c nubes-nb -n '__nubes_nb_at create' -l fit -d 'create only as many as the quota allows'
complete -c nubes-nb -n '__nubes_nb_at create' -l wait -r -f -a 'ready running' -d 'state to wait for (default: ready)'
complete -c nubes-nb -n '__nubes_nb_at create' -l no-wait -d 'return as soon as Nova accepts the request'
complete -c nubes-nb -n '__nubes_nb_at create' -l timeout -r -f -d 'maximum wait per notebook, e.g. 90s or 6m'
complete -c nubes-nb -n '__nubes_nb_at create' -l open -d 'once ready, show it in the browser; Ctrl-C closes the tunnel'
complete -c nubes-nb -n '__nubes_nb_at ls' -l label -r -f -d 'only notebooks with this label (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at ls' -l status -r -f -a 'creating starting ready running unreachable stopping stopped released deleting error unknown' -d 'only notebooks with this status (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at ls' -l sort -r -f -a 'name age status size' -d 'order; age is the oldest first (default: age)'
complete -c nubes-nb -n '__nubes_nb_at ls' -l watch -d 'show the list in place, again every 3 s, until q or Ctrl-C'
complete -c nubes-nb -n '__nubes_nb_at ls' -l probe -d 'check whether Jupyter answers (status ready or unreachable)'
complete -c nubes-nb -n '__nubes_nb_at show' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable stopping stopped released error unknown)'
complete -c nubes-nb -n '__nubes_nb_at show' -l show-token -d 'include the token in the URL'
complete -c nubes-nb -n '__nubes_nb_at show' -l probe -d 'check whether Jupyter answers (status ready or unreachable)'
complete -c nubes-nb -n '__nubes_nb_at show' -l from -r -F -d 'read names (one per line) or NDJSON from a file; - for stdin'
complete -c nubes-nb -n '__nubes_nb_at show' -l all -d 'all your notebooks'
complete -c nubes-nb -n '__nubes_nb_at show' -l older-than -r -f -d 'notebooks older than e.g. 30d'
complete -c nubes-nb -n '__nubes_nb_at show' -l label -r -f -d 'notebooks with this label (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at start' -f -a '(__nubes_nb_notebooks stopping stopped released)'
complete -c nubes-nb -n '__nubes_nb_at start' -l show-token -d 'include the token in the URL'
complete -c nubes-nb -n '__nubes_nb_at start' -l all -d 'all your notebooks (asks once)'
complete -c nubes-nb -n '__nubes_nb_at start' -l older-than -r -f -d 'notebooks older than e.g. 30d (asks once)'
complete -c nubes-nb -n '__nubes_nb_at start' -l label -r -f -d 'notebooks with this label (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at start' -s y -l yes -d 'skip the confirmation prompt'
complete -c nubes-nb -n '__nubes_nb_at start' -l from -r -F -d 'read names (one per line) or NDJSON from a file; - for stdin'
complete -c nubes-nb -n '__nubes_nb_at start' -l concurrency -r -f -d 'notebooks to work on at a time (default: limits.concurrency)'
complete -c nubes-nb -n '__nubes_nb_at start' -l max-failures -r -f -d 'stop after this many consecutive failures with the same error'
complete -c nubes-nb -n '__nubes_nb_at start' -l dry-run -d 'show the plan and exit'
complete -c nubes-nb -n '__nubes_nb_at start' -l wait -r -f -a 'ready running' -d 'state to wait for (default: ready)'
complete -c nubes-nb -n '__nubes_nb_at start' -l no-wait -d 'return as soon as Nova accepts the request'
complete -c nubes-nb -n '__nubes_nb_at start' -l timeout -r -f -d 'maximum wait per notebook, e.g. 90s or 6m'
complete -c nubes-nb -n '__nubes_nb_at stop' -f -a '(__nubes_nb_notebooks starting ready running unreachable error unknown)'
complete -c nubes-nb -n '__nubes_nb_at stop' -l all -d 'all your notebooks (asks once)'
complete -c nubes-nb -n '__nubes_nb_at stop' -l older-than -r -f -d 'notebooks older than e.g. 30d (asks once)'
complete -c nubes-nb -n '__nubes_nb_at stop' -l label -r -f -d 'notebooks with this label (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at stop' -s y -l yes -d 'skip the confirmation prompt'
complete -c nubes-nb -n '__nubes_nb_at stop' -l from -r -F -d 'read names (one per line) or NDJSON from a file; - for stdin'
complete -c nubes-nb -n '__nubes_nb_at stop' -l concurrency -r -f -d 'notebooks to work on at a time (default: limits.concurrency)'
complete -c nubes-nb -n '__nubes_nb_at stop' -l max-failures -r -f -d 'stop after this many consecutive failures with the same error'
complete -c nubes-nb -n '__nubes_nb_at stop' -l dry-run -d 'show the plan and exit'
complete -c nubes-nb -n '__nubes_nb_at stop' -l no-wait -d 'return as soon as Nova accepts the request'
complete -c nubes-nb -n '__nubes_nb_at stop' -l timeout -r -f -d 'maximum wait per notebook, e.g. 90s or 6m'
complete -c nubes-nb -n '__nubes_nb_at restart' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable error)'
complete -c nubes-nb -n '__nubes_nb_at restart' -l hard -d 'power-cycle the VM, for one that does not respond'
complete -c nubes-nb -n '__nubes_nb_at restart' -l jupyter-only -d 'restart only Jupyter, over ssh'
complete -c nubes-nb -n '__nubes_nb_at restart' -l all -d 'all your notebooks (asks once)'
complete -c nubes-nb -n '__nubes_nb_at restart' -l older-than -r -f -d 'notebooks older than e.g. 30d (asks once)'
complete -c nubes-nb -n '__nubes_nb_at restart' -l label -r -f -d 'notebooks with this label (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at restart' -s y -l yes -d 'skip the confirmation prompt'
complete -c nubes-nb -n '__nubes_nb_at restart' -l from -r -F -d 'read names (one per line) or NDJSON from a file; - for stdin'
complete -c nubes-nb -n '__nubes_nb_at restart' -l concurrency -r -f -d 'notebooks to work on at a time (default: limits.concurrency)'
complete -c nubes-nb -n '__nubes_nb_at restart' -l max-failures -r -f -d 'stop after this many consecutive failures with the same error'
complete -c nubes-nb -n '__nubes_nb_at restart' -l dry-run -d 'show the plan and exit'
complete -c nubes-nb -n '__nubes_nb_at restart' -l wait -r -f -a 'ready running' -d 'state to wait for (default: ready)'
complete -c nubes-nb -n '__nubes_nb_at restart' -l no-wait -d 'return as soon as Nova accepts the request'
complete -c nubes-nb -n '__nubes_nb_at restart' -l timeout -r -f -d 'maximum wait per notebook, e.g. 90s or 6m'
complete -c nubes-nb -n '__nubes_nb_at wait' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable stopping stopped released error unknown)'
complete -c nubes-nb -n '__nubes_nb_at wait' -l for -r -f -a 'ready running stopped deleted' -d 'state to wait for'
complete -c nubes-nb -n '__nubes_nb_at wait' -l timeout -r -f -d 'maximum wait per notebook, e.g. 90s or 6m'
complete -c nubes-nb -n '__nubes_nb_at wait' -l all -d 'all your notebooks'
complete -c nubes-nb -n '__nubes_nb_at wait' -l older-than -r -f -d 'notebooks older than e.g. 30d'
complete -c nubes-nb -n '__nubes_nb_at wait' -l label -r -f -d 'notebooks with this label (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at wait' -l from -r -F -d 'read names (one per line) or NDJSON from a file; - for stdin'
complete -c nubes-nb -n '__nubes_nb_at wait' -l concurrency -r -f -d 'notebooks to work on at a time (default: limits.concurrency)'
complete -c nubes-nb -n '__nubes_nb_at wait' -l max-failures -r -f -d 'stop after this many consecutive failures with the same error'
complete -c nubes-nb -n '__nubes_nb_at wait' -l dry-run -d 'show the plan and exit'
complete -c nubes-nb -n '__nubes_nb_at delete' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable stopping stopped released error unknown)'
complete -c nubes-nb -n '__nubes_nb_at delete' -s y -l yes -d 'skip the confirmation prompt'
complete -c nubes-nb -n '__nubes_nb_at delete' -l if-missing -r -f -a 'fail ok' -d 'what to do if the notebook does not exist'
complete -c nubes-nb -n '__nubes_nb_at delete' -l all -d 'all your notebooks (asks once)'
complete -c nubes-nb -n '__nubes_nb_at delete' -l older-than -r -f -d 'notebooks older than e.g. 30d (asks once)'
complete -c nubes-nb -n '__nubes_nb_at delete' -l label -r -f -d 'notebooks with this label (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at delete' -l from -r -F -d 'read names (one per line) or NDJSON from a file; - for stdin'
complete -c nubes-nb -n '__nubes_nb_at delete' -l concurrency -r -f -d 'notebooks to work on at a time (default: limits.concurrency)'
complete -c nubes-nb -n '__nubes_nb_at delete' -l max-failures -r -f -d 'stop after this many consecutive failures with the same error'
complete -c nubes-nb -n '__nubes_nb_at delete' -l dry-run -d 'show the plan and exit'
complete -c nubes-nb -n '__nubes_nb_at delete' -l no-wait -d 'return as soon as Nova accepts the request'
complete -c nubes-nb -n '__nubes_nb_at delete' -l timeout -r -f -d 'maximum wait per notebook, e.g. 90s or 6m'
complete -c nubes-nb -n '__nubes_nb_at apply' -s f -l file -r -F -d 'manifest, YAML or JSON; - for stdin'
complete -c nubes-nb -n '__nubes_nb_at apply' -l prune -d 'delete notebooks of the same set that the manifest does not list (asks once)'
complete -c nubes-nb -n '__nubes_nb_at apply' -l show-token -d 'include the tokens in the URLs'
complete -c nubes-nb -n '__nubes_nb_at apply' -s y -l yes -d 'skip the confirmation prompt'
complete -c nubes-nb -n '__nubes_nb_at apply' -l concurrency -r -f -d 'notebooks to work on at a time (default: limits.concurrency)'
complete -c nubes-nb -n '__nubes_nb_at apply' -l max-failures -r -f -d 'stop after this many consecutive failures with the same error'
complete -c nubes-nb -n '__nubes_nb_at apply' -l dry-run -d 'show the plan and exit'
complete -c nubes-nb -n '__nubes_nb_at apply' -l fit -d 'create only as many as the quota allows'
complete -c nubes-nb -n '__nubes_nb_at apply' -l passphrase-stdin -d 'read the passphrase of the certificate\'s key from stdin (one line)'
complete -c nubes-nb -n '__nubes_nb_at apply' -l keep-passphrase -d 'store that passphrase in the keychain'
complete -c nubes-nb -n '__nubes_nb_at apply' -l wait -r -f -a 'ready running' -d 'state to wait for (default: ready)'
complete -c nubes-nb -n '__nubes_nb_at apply' -l no-wait -d 'return as soon as Nova accepts the request'
complete -c nubes-nb -n '__nubes_nb_at apply' -l timeout -r -f -d 'maximum wait per notebook, e.g. 90s or 6m'
complete -c nubes-nb -n '__nubes_nb_at url 0' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable)'
complete -c nubes-nb -n '__nubes_nb_at url' -l direct -d 'print the https URL; fails if the notebook is only reachable through a tunnel'
complete -c nubes-nb -n '__nubes_nb_at url' -l no-token -d 'omit the token'
complete -c nubes-nb -n '__nubes_nb_at url' -l renew -d 'set this login\'s token over ssh; restarts Jupyter'
complete -c nubes-nb -n '__nubes_nb_at url' -s y -l yes -d 'with --renew: skip the confirmation prompt'
complete -c nubes-nb -n '__nubes_nb_at url' -l timeout -r -f -d 'maximum time, e.g. 90s; with --renew for Jupyter as well'
complete -c nubes-nb -n '__nubes_nb_at certify' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable)'
complete -c nubes-nb -n '__nubes_nb_at certify' -l passphrase-stdin -d 'read the passphrase of the certificate\'s key from stdin (one line)'
complete -c nubes-nb -n '__nubes_nb_at certify' -l keep-passphrase -d 'store that passphrase in the keychain'
complete -c nubes-nb -n '__nubes_nb_at certify' -l all -d 'all your notebooks (asks once)'
complete -c nubes-nb -n '__nubes_nb_at certify' -l older-than -r -f -d 'notebooks older than e.g. 30d (asks once)'
complete -c nubes-nb -n '__nubes_nb_at certify' -l label -r -f -d 'notebooks with this label (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at certify' -s y -l yes -d 'skip the confirmation prompt'
complete -c nubes-nb -n '__nubes_nb_at certify' -l from -r -F -d 'read names (one per line) or NDJSON from a file; - for stdin'
complete -c nubes-nb -n '__nubes_nb_at certify' -l concurrency -r -f -d 'notebooks to work on at a time (default: limits.concurrency)'
complete -c nubes-nb -n '__nubes_nb_at certify' -l max-failures -r -f -d 'stop after this many consecutive failures with the same error'
complete -c nubes-nb -n '__nubes_nb_at certify' -l dry-run -d 'show the plan and exit'
complete -c nubes-nb -n '__nubes_nb_at certify' -l timeout -r -f -d 'maximum wait for Jupyter to restart, e.g. 90s'
complete -c nubes-nb -n '__nubes_nb_at open 0' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable)'
complete -c nubes-nb -n '__nubes_nb_at open' -l start -d 'start the notebook if it is stopped'
complete -c nubes-nb -n '__nubes_nb_at open' -l no-browser -d 'print the URL only'
complete -c nubes-nb -n '__nubes_nb_at open' -l local-port -r -f -d 'local port (default: the one reserved for the notebook, or the next free one)'
complete -c nubes-nb -n '__nubes_nb_at open' -l tunnel -d 'use a tunnel even if the notebook is reachable over HTTPS'
complete -c nubes-nb -n '__nubes_nb_at open' -l timeout -r -f -d 'maximum wait for Jupyter, e.g. 90s or 6m'
complete -c nubes-nb -n '__nubes_nb_at tunnel 0' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable)'
complete -c nubes-nb -n '__nubes_nb_at tunnel' -l local-port -r -f -d 'local port (default: the one reserved for the notebook, or the next free one)'
complete -c nubes-nb -n '__nubes_nb_at tunnel' -l print -d 'print the ssh command and exit'
complete -c nubes-nb -n '__nubes_nb_at tunnel' -l shell -r -f -a 'posix powershell cmd' -d 'shell to quote the printed command for'
complete -c nubes-nb -n '__nubes_nb_at tunnel' -l background -d 'run in the background'
complete -c nubes-nb -n '__nubes_nb_at tunnel' -l stop -d 'stop the background tunnel'
complete -c nubes-nb -n '__nubes_nb_at tunnel' -l list -d 'list background tunnels'
complete -c nubes-nb -n '__nubes_nb_at ssh 0' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable)'
complete -c nubes-nb -n '__nubes_nb_at ssh' -s t -l tty -d 'allocate a terminal'
complete -c nubes-nb -n '__nubes_nb_at exec 0' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable)'
complete -c nubes-nb -n '__nubes_nb_at exec' -s t -l tty -d 'allocate a terminal'
complete -c nubes-nb -n '__nubes_nb_at cp 0' -f -a '(__nubes_nb_locations creating starting ready running unreachable)'
complete -c nubes-nb -n '__nubes_nb_at cp 0; and __nubes_nb_local' -F
complete -c nubes-nb -n '__nubes_nb_at cp 1' -f -a '(__nubes_nb_locations creating starting ready running unreachable)'
complete -c nubes-nb -n '__nubes_nb_at cp 1; and __nubes_nb_local' -F
complete -c nubes-nb -n '__nubes_nb_at "ssh-config"' -l write -d 'write the hosts to a file of our own and print the Include line for ~/.ssh/config'
complete -c nubes-nb -n '__nubes_nb_at logs 0' -f -a '(__nubes_nb_notebooks creating starting ready running unreachable stopping stopped released error unknown)'
complete -c nubes-nb -n '__nubes_nb_at logs' -l source -r -f -a 'console cloud-init jupyter packages' -d 'log to read; all but the console are read over ssh'
complete -c nubes-nb -n '__nubes_nb_at logs' -s n -l lines -r -f -d 'number of last lines'
complete -c nubes-nb -n '__nubes_nb_at logs' -s f -l follow -d 'print new lines until Ctrl-C; not for the console'
complete -c nubes-nb -n '__nubes_nb_at images' -s a -l all -d 'also older, hidden and deactivated images'
complete -c nubes-nb -n '__nubes_nb_at config 0' -a init -d 'choose the cloud, and write a settings file with comments'
complete -c nubes-nb -n '__nubes_nb_at config 0' -a list -d 'list all settings with value and origin'
complete -c nubes-nb -n '__nubes_nb_at config 0' -a get -d 'print the value of a setting'
complete -c nubes-nb -n '__nubes_nb_at config 0' -a set -d 'set a value in your settings file; with --context, for that context'
complete -c nubes-nb -n '__nubes_nb_at config 0' -a unset -d 'remove a setting from your settings file'
complete -c nubes-nb -n '__nubes_nb_at config 0' -a path -d 'print the paths of the settings files'
complete -c nubes-nb -n '__nubes_nb_at config 0' -a validate -d 'check the settings and the files that they name (exit 11 if invalid)'
complete -c nubes-nb -n '__nubes_nb_at "config get" 0' -f -a 'site context openstack.auth_url openstack.region openstack.interface openstack.user_domain openstack.project openstack.project_domain openstack.ca_file ldap.urls ldap.tls ldap.ca_file ldap.bind_dn_template ldap.domains ldap.search.base ldap.search.attribute ldap.search.filter ldap.search.bind_dn ldap.allowed_groups ldap.denied_groups ldap.nested_groups ldap.username_attribute ldap.username_pattern ldap.timeout session.ttl session.store notebook.image notebook.size notebook.network notebook.security_groups notebook.key_file notebook.access notebook.allowed_cidr notebook.certificate notebook.certificate_key notebook.floating_ip notebook.port notebook.ssh_port notebook.user notebook.account notebook.folder notebook.command notebook.package_index notebook.config_drive notebook.host_template notebook.idle_timeout notebook.expires limits.per_user limits.concurrency timeouts.create timeouts.start timeouts.stop timeouts.delete timeouts.http site_team.admin_keys site_team.admin_group site_team.support'
complete -c nubes-nb -n '__nubes_nb_at "config set" 0' -f -a 'site context openstack.auth_url openstack.region openstack.interface openstack.user_domain openstack.project openstack.project_domain openstack.ca_file ldap.urls ldap.tls ldap.ca_file ldap.bind_dn_template ldap.domains ldap.search.base ldap.search.attribute ldap.search.filter ldap.search.bind_dn ldap.allowed_groups ldap.denied_groups ldap.nested_groups ldap.username_attribute ldap.username_pattern ldap.timeout session.ttl session.store notebook.image notebook.size notebook.network notebook.security_groups notebook.key_file notebook.access notebook.allowed_cidr notebook.certificate notebook.certificate_key notebook.floating_ip notebook.port notebook.ssh_port notebook.user notebook.account notebook.folder notebook.command notebook.package_index notebook.config_drive notebook.host_template notebook.idle_timeout notebook.expires limits.per_user limits.concurrency timeouts.create timeouts.start timeouts.stop timeouts.delete timeouts.http site_team.admin_keys site_team.admin_group site_team.support'
complete -c nubes-nb -n '__nubes_nb_at "config unset" 0' -f -a 'site context openstack.auth_url openstack.region openstack.interface openstack.user_domain openstack.project openstack.project_domain openstack.ca_file ldap.urls ldap.tls ldap.ca_file ldap.bind_dn_template ldap.domains ldap.search.base ldap.search.attribute ldap.search.filter ldap.search.bind_dn ldap.allowed_groups ldap.denied_groups ldap.nested_groups ldap.username_attribute ldap.username_pattern ldap.timeout session.ttl session.store notebook.image notebook.size notebook.network notebook.security_groups notebook.key_file notebook.access notebook.allowed_cidr notebook.certificate notebook.certificate_key notebook.floating_ip notebook.port notebook.ssh_port notebook.user notebook.account notebook.folder notebook.command notebook.package_index notebook.config_drive notebook.host_template notebook.idle_timeout notebook.expires limits.per_user limits.concurrency timeouts.create timeouts.start timeouts.stop timeouts.delete timeouts.http site_team.admin_keys site_team.admin_group site_team.support'
complete -c nubes-nb -n '__nubes_nb_at context 0' -a list -d 'list the contexts of the settings files'
complete -c nubes-nb -n '__nubes_nb_at context 0' -a create -d 'add a context to your settings file'
complete -c nubes-nb -n '__nubes_nb_at context 0' -a use -d 'switch to a context; default is the one without a name'
complete -c nubes-nb -n '__nubes_nb_at "context create"' -l set -r -f -d 'a setting of the context (repeatable)'
complete -c nubes-nb -n '__nubes_nb_at "context create"' -l use -d 'switch to it'
complete -c nubes-nb -n '__nubes_nb_at "context use" 0' -f -a '(__nubes_nb_names contexts)'
complete -c nubes-nb -n '__nubes_nb_at history' -s n -l limit -r -f -d 'show that many of the newest (default: 50)'
complete -c nubes-nb -n '__nubes_nb_at doctor' -l fix -d 'first repair what only nubes-nb writes: modes, locks, entries of VMs that are gone'
complete -c nubes-nb -n '__nubes_nb_at doctor' -l bundle -r -F -d 'write checks and settings to a new file, without secrets, for a ticket'
complete -c nubes-nb -n '__nubes_nb_at completion 0' -f -a 'bash zsh fish powershell'
complete -c nubes-nb -n '__nubes_nb_at man' -l folder -r -F -d 'write all pages into this folder, for man to find'
complete -c nubes-nb -n '__nubes_nb_at sandbox 0' -a start -d 'run the sandbox until Ctrl-C, for commands in other terminals'
complete -c nubes-nb -n '__nubes_nb_at sandbox 0' -a run -d 'run a command in the sandbox as a logged-in user, then delete the sandbox'
complete -c nubes-nb -n '__nubes_nb_at sandbox 0' -a demo -d 'show an example session, from login to logout, in under 20 seconds'
complete -c nubes-nb -n '__nubes_nb_at "sandbox start"' -l stand-in -d 'use a stand-in for Jupyter, even if jupyter-lab is on the PATH'
complete -c nubes-nb -n '__nubes_nb_at "sandbox start"' -l release -r -f -a 'zed 2025.1 2026.2' -d 'OpenStack release to behave like'
complete -c nubes-nb -n '__nubes_nb_at "sandbox run"' -l as -r -f -d 'user to log in as: alice, bob, carol or quinn'
complete -c nubes-nb -n '__nubes_nb_at "sandbox run"' -l stand-in -d 'use a stand-in for Jupyter, even if jupyter-lab is on the PATH'
complete -c nubes-nb -n '__nubes_nb_at "sandbox run"' -l release -r -f -a 'zed 2025.1 2026.2' -d 'OpenStack release to behave like'

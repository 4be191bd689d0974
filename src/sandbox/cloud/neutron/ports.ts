import type { Attachment, ServerRecord } from '../nova/server-record.ts';
import type { State } from '../state.ts';
import { secondTime } from '../timestamps.ts';
import { findGroups } from './security-groups.ts';

export interface Port {
  readonly server: ServerRecord;
  readonly attachment: Attachment;
}

/** The ports of the servers of a project, or of all, which Nova creates and deletes with the server. */
export function portsOf(state: State, projectId: string | undefined): Port[] {
  return [...state.servers.values()]
    .filter((server) => projectId === undefined || server.projectId === projectId)
    .flatMap((server) =>
      server.attachments
        .filter(({ address }) => address !== undefined)
        .map((attachment) => ({ server, attachment })),
    );
}

export function portView(state: State, { server, attachment }: Port): Record<string, unknown> {
  const network = state.networks.find((one) => one.id === attachment.networkId);
  const groups = server.securityGroups.flatMap((name) =>
    findGroups(state, server.projectId, name, server.created).map((group) => group.id),
  );
  const updated = server.launchedAt ?? server.created;
  return {
    id: attachment.portId,
    name: '',
    network_id: attachment.networkId,
    tenant_id: server.projectId,
    mac_address: attachment.mac,
    admin_state_up: true,
    status: 'ACTIVE',
    device_id: server.id,
    device_owner: 'compute:nova',
    fixed_ips: [{ subnet_id: network?.subnetId ?? '', ip_address: attachment.address }],
    allowed_address_pairs: [],
    extra_dhcp_opts: [],
    security_groups: groups,
    description: '',
    'binding:vnic_type': 'normal',
    port_security_enabled: true,
    tags: [],
    created_at: secondTime(server.created),
    updated_at: secondTime(updated),
    revision_number: 4,
    project_id: server.projectId,
  };
}

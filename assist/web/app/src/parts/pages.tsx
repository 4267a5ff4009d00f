// Lists that the server gives page by page.
import { useInfiniteQuery } from '@tanstack/react-query';
import { Button } from 'antd';
import { get, query } from './api';

interface Page<T> { items: T[] | null; next?: string | number }

// usePages reads a list; More reads on. Pages that are there are renewed together.
export function usePages<T>(key: unknown[], path: string) {
  const q = useInfiniteQuery({
    queryKey: key, queryFn: p => get<Page<T>>(query(path, { cursor: p.pageParam }), { signal: p.signal }),
    initialPageParam: '' as string | number, getNextPageParam: last => last.next || undefined,
  });
  return { ...q, data: q.data?.pages.flatMap(p => p.items ?? []) };
}

// More is a button below a list that goes on.
export function More({ of, label }: { of: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage(): unknown }; label: string }) {
  if (!of.hasNextPage) return null;
  return <Button type="text" block loading={of.isFetchingNextPage} onClick={() => void of.fetchNextPage()}>{label}</Button>;
}
